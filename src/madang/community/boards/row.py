"""A line of a list of posts, drawn once for as long as nothing that it shows changes.

Lists are the pages asked for most, and their lines the same for every reader. What is drawn is a
function of the values shown, so the cache needs no invalidation: other values are another line.
"""

from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from madang.community.boards.models import ListedPost
from madang.community.boards.moment import tell

MAX_LINES = 4096


class Row(NamedTuple):
    """Everything that a line shows."""

    title: str
    beginning: str
    address: str
    is_ad: bool
    is_folded: bool
    board: str
    board_address: str
    author: str
    author_address: str
    moment: str
    ago: str
    num_comments: int


def draw_row(post: ListedPost, shows_board: bool | str = False) -> SafeString:
    """Draw the line of *post*, which was fetched by ``for_list``."""
    row = Row(
        title=post.title if not post.is_folded else "",
        beginning=post.beginning if not post.is_folded else "",
        address=post.get_absolute_url(),
        is_ad=post.is_ad,
        is_folded=post.is_folded,
        board=post.board.name if shows_board else "",
        board_address=post.board.get_absolute_url() if shows_board else "",
        author=post.author.username,
        author_address=post.author.get_absolute_url(),
        moment=post.created_at.isoformat(timespec="seconds"),
        ago=tell(post.created_at),
        num_comments=post.num_comments,
    )
    return _draw(row, get_language() or "")


@lru_cache(maxsize=MAX_LINES)
def _draw(row: Row, language: str) -> SafeString:
    return render_to_string("boards/row.html", {"row": row})

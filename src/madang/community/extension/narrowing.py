"""What other apps let a reader narrow a board's list by, so that boards need not know them.

An app calls ``offer(narrow)`` when it starts; ``narrow(request, board, posts)`` returns the posts
that the address asks for, or all of them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest

if TYPE_CHECKING:
    from madang.community.boards.models import Board, PostQuerySet

Narrower = Callable[[HttpRequest, "Board", "PostQuerySet"], "PostQuerySet"]

_narrowers: list[Narrower] = []


def offer(narrower: Narrower) -> None:
    """Let *narrower* look at the address of each board's list."""
    if narrower not in _narrowers:
        _narrowers.append(narrower)


def narrow(request: HttpRequest, board: "Board", posts: "PostQuerySet") -> "PostQuerySet":
    """Keep the posts of *board* that the address asks for."""
    for narrower in _narrowers:
        posts = narrower(request, board, posts)
    return posts

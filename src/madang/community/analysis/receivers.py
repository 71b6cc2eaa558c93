"""What analysis does when the boards say that something was written."""

from typing import Any

from django.db import transaction

from madang.community.analysis import actions
from madang.community.analysis.tasks import read_unread
from madang.community.boards.models import Comment, Post


def read_post(*, post: Post, **_: Any) -> None:
    """Have a written or edited post read once it is safely stored."""
    _read(post, None)


def read_comment(*, comment: Comment, **_: Any) -> None:
    """Have a written comment read once it is safely stored."""
    _read(comment.post, comment)


def read_board(**_: Any) -> None:
    """Have the posts of a board read by the models that its kind asks for."""
    transaction.on_commit(lambda: read_unread.enqueue())


def _read(post: Post, comment: Comment | None) -> None:
    readings = actions.open_readings(post, comment)
    if readings:
        transaction.on_commit(lambda: actions.read_all(readings))

"""What analysis does when the boards say that something was written."""

from typing import Any

from django.db import transaction

from madang.community.analysis import actions
from madang.community.boards.models import Comment, Post


def read_post(*, post: Post, **_: Any) -> None:
    """Have a written or edited post read once it is safely stored."""
    _read(post, None)


def read_comment(*, comment: Comment, **_: Any) -> None:
    """Have a written comment read once it is safely stored."""
    _read(comment.post, comment)


def _read(post: Post, comment: Comment | None) -> None:
    readings = actions.open_readings(post, comment)
    if readings:
        transaction.on_commit(lambda: actions.read_all(readings))

"""What moderation does when the boards say that a post was written."""

from typing import Any

from django.db import transaction

from madang.community.boards.models import Post
from madang.community.moderation import actions
from madang.community.moderation.disclosure import is_disclosed


def check_post(*, title: str, body: str, **_: Any) -> None:
    """Read a post by the rules before anything is locked for writing it."""
    is_disclosed(title, body)


def open_case_of_post(*, contribution: Post, **_: Any) -> None:
    """Mark a written or edited post as waiting, and judge it once it is safely stored.

    The model runs after the commit: while it works no lock is held, and whatever it does, the
    post is kept.
    """
    actions.open_case(contribution)
    transaction.on_commit(lambda: actions.judge_post(contribution), robust=True)

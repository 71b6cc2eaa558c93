"""What moderation does when a post was written, and when a model has read one."""

from typing import Any

from madang.community.boards.models import Post
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.moderation import actions
from madang.community.moderation.disclosure import is_disclosed


def check_post(*, title: str, body: str, **_: Any) -> None:
    """Read a post by the rules before anything is locked for writing it."""
    is_disclosed(title, body)


def open_case_of_post(*, post: Post, **_: Any) -> None:
    """Mark a written or edited post as waiting; what reads texts reads it after the commit."""
    actions.open_case(post)


def take_answer(*, reading: Reading, **_: Any) -> None:
    """Label a post as the model says."""
    if reading.kind == prediction.ADS and reading.answer is not None:
        actions.take_answer(reading.contribution, reading.answer)

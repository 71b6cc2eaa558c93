"""What reviews do when a model has read one."""

from typing import Any

from madang.community import inference
from madang.community.analysis.models import Reading
from madang.community.boards.models import Post
from madang.community.reviews import actions


def keep_opinion(*, reading: Reading, **_: Any) -> None:
    """Keep the answer about a review."""
    if reading.kind == inference.SENTIMENT and reading.answer is not None:
        actions.keep_opinion(reading.post, reading.answer)


def forget_opinion(*, kind: str, post: Post, **_: Any) -> None:
    """Forget the answer about an earlier text."""
    if kind == inference.SENTIMENT:
        actions.forget_opinion(post)

"""What reviews do when a model has read one."""

from typing import Any

from madang.community import inference
from madang.community.analysis.models import Reading
from madang.community.boards.contribution import Contribution
from madang.community.reviews import actions
from madang.community.reviews.models import Opinion


def keep_opinion(*, reading: Reading, **_: Any) -> None:
    """Keep the answer about a review."""
    if reading.kind == inference.SENTIMENT and reading.answer is not None:
        actions.keep_opinion(reading.contribution, reading.answer)


def forget_opinion(*, kind: str, contribution: Contribution, **_: Any) -> None:
    """Forget the answer about an earlier text."""
    if kind == inference.SENTIMENT:
        actions.forget_opinion(contribution)


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete what was said of a review that is no more."""
    Opinion.objects.of(contribution).delete()

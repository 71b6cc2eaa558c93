"""What reviews do when a model has read one."""

from typing import Any

from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.reviews import actions
from madang.community.reviews.models import Opinion


def keep_opinion(*, reading: Reading, **_: Any) -> None:
    """Keep the answer about a review."""
    if reading.kind == prediction.SENTIMENT and reading.answer is not None:
        actions.keep_opinion(reading.contribution, reading.answer)


def forget_opinion(*, kind: str, contribution: Contribution, **_: Any) -> None:
    """Forget the answer about an earlier text."""
    if kind == prediction.SENTIMENT:
        actions.forget_opinion(contribution)


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete what was said of a review that is no more."""
    Opinion.objects.of(contribution).delete()

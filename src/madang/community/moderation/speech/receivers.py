"""What moderation does when the model of hate has read a text."""

from typing import Any

from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.moderation.speech import actions
from madang.community.moderation.speech.models import Speech


def take_answer(*, reading: Reading, **_: Any) -> None:
    """Fold the text where the model says so. Until an edited text is read, it stays as it was."""
    if reading.kind == prediction.HATE and reading.answer is not None:
        actions.take_answer(reading.contribution, reading.answer)


def forget_answer(*, kind: str, contribution: Contribution, is_read: bool, **_: Any) -> None:
    """Unfold what is no longer read at all, such as a review that lost its words."""
    if kind == prediction.HATE and not is_read:
        actions.forget_answer(contribution)


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete how a contribution stood that is no more; what was decided stays."""
    Speech.objects.of(contribution).delete()

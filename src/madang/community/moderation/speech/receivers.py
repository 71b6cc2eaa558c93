"""What moderation does when the model of hate has read a text."""

from typing import Any

from madang.community import inference
from madang.community.analysis.models import Reading
from madang.community.moderation.speech import actions


def take_answer(*, reading: Reading, **_: Any) -> None:
    """Fold the text where the model says so. Until an edited text is read, it stays as it was."""
    if reading.kind == inference.HATE and reading.answer is not None:
        actions.take_answer(reading.post, reading.comment, reading.answer)

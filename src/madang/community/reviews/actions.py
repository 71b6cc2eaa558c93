"""What can be done about an opinion; one verb a function. Permission is the caller's matter.

Opinions are kept and forgotten as the models say (``inference/signals.py``).
"""

from typing import Any

from madang.community.extension.about import key_of
from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.reviews.models import Opinion

#: Less sure of either side than this, the model calls a review neither.
LEAST_CERTAINTY = 0.7


def keep_opinion(*, reading: Reading, **_: Any) -> None:
    """Keep what the model says of a review."""
    answer = reading.answer
    if reading.kind != prediction.SENTIMENT or answer is None:
        return
    value: dict[str, Any] = answer.value
    if not value["probabilities"]:  # nothing to judge
        forget_opinion(kind=reading.kind, contribution=reading.contribution)
        return
    probability = float(value["probabilities"]["positive"])
    Opinion.objects.update_or_create(
        **key_of(reading.contribution),
        defaults={
            "label": label_of(probability),
            "probability": probability,
            "reasons": value["reasons"],
            "is_truncated": value["is_truncated"],
            "model_name": answer.model_name,
            "model_version": answer.model_version,
        },
    )


def forget_opinion(*, kind: str, contribution: Contribution, **_: Any) -> None:
    """Forget what was said of an earlier text; whether its author hides it stays."""
    if kind == prediction.SENTIMENT:
        Opinion.objects.of(contribution).update(label=Opinion.Label.NONE, reasons=[])


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete what was said of a review that is no more."""
    Opinion.objects.of(contribution).delete()


def hide_opinion(opinion: Opinion, *, is_hidden: bool) -> None:
    """Hide what the model says of a review, or show it again."""
    Opinion.objects.filter(pk=opinion.pk).update(is_hidden=is_hidden)


def label_of(probability: float) -> str:
    """Name what is shown for the probability that a review is positive.

    >>> label_of(0.93), label_of(0.55), label_of(0.1)
    ('positive', 'unclear', 'negative')
    """
    if max(probability, 1 - probability) < LEAST_CERTAINTY:
        return Opinion.Label.UNCLEAR.value
    return (Opinion.Label.POSITIVE if probability >= 0.5 else Opinion.Label.NEGATIVE).value

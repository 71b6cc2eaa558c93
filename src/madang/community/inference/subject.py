"""Which contributions are read by which model: an app says so when it starts.

``subject.add(prediction.ENTITIES, Post)`` has every post read. A kind of model that is not there is
passed over, as if nobody had asked.
"""

from collections.abc import Mapping

from django.db.models import Q

from madang.community.extension.contribution import Contribution
from madang.community.inference import prediction

_subjects: dict[str, dict[type[Contribution], Q]] = {}


def add(kind: str, of: type[Contribution], condition: Q | None = None) -> None:
    """Have contributions for which the condition holds read by the model *kind*."""
    _subjects.setdefault(kind, {})[of] = condition or Q()


def active() -> list[str]:
    """Return the kinds of models that read something and are there, the most urgent first."""
    return [kind for kind in prediction.KINDS if kind in _subjects and prediction.has_model(kind)]


def read_by(kind: str) -> Mapping[type[Contribution], Q]:
    """Return what that kind of model reads."""
    return _subjects[kind]


def kinds_of(contribution: Contribution) -> list[str]:
    """Return the kinds of models that read this contribution."""
    conditions = ((kind, read_by(kind).get(type(contribution))) for kind in active())
    return [
        kind
        for kind, condition in conditions
        if condition is not None and _holds(condition, contribution)
    ]


def _holds(condition: Q, contribution: Contribution) -> bool:
    found = type(contribution)._default_manager.filter(condition, pk=contribution.pk)
    return not condition or found.exists()

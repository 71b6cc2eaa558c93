"""The options of each task: the table of a recipe that bears the task's name.

A recipe takes the options of its own task alone.
"""

import dataclasses
from typing import Any

from madang.tasks.classification.objective import WatchedName
from madang.validation import Count, Fraction, NotNegative, Positive, Probability


@dataclasses.dataclass(frozen=True, kw_only=True)
class NoOptions:
    """The options of a task that has none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Teacher:
    """A linear model on character n-grams whose doubt softens the labels.

    ``weight`` of its out-of-fold probability, the rest is the given label's. Each text is judged
    by a teacher that has not seen it, one of ``num_folds``. With an ``encoder``, a folder or the
    name of a model that ships, half of its say is that of a linear model on the encoder's vectors.
    """

    weight: Probability = 0.5
    num_folds: Count = 5
    shortest: Count = 2
    longest: Count = 4
    strength: Positive = 3.0
    encoder: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Classification:
    """How one label a text is learned.

    ``watch``: the figure by which epochs and averages are chosen. ``label_smoothing``: the share of
    each label that goes to all. ``consistency``: how much two readings of a text under different
    dropout are drawn together; it doubles the work. ``class_weights``: how much a text of each
    label counts, rare ones more. ``teacher``: whose doubt softens labels that are often wrong.
    """

    watch: WatchedName = "accuracy"
    label_smoothing: Fraction = 0.0
    consistency: NotNegative = 0.0
    class_weights: tuple[Positive, ...] = ()
    teacher: Teacher | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tagging:
    """Options of the task ``tagging``; ``crf``: tags are a chain, or each stands by itself."""

    crf: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Embedding:
    """Options of the task ``embedding``.

    ``temperature`` divides the cosines of texts that belong together, ``score_temperature`` those
    of scored pairs; lower is stricter. A scored pair counts ``score_weight`` times as much as
    another. ``num_documents``: the first so many of a data set of documents are learned from.
    """

    temperature: Positive = 0.05
    score_temperature: Positive = 0.05
    score_weight: NotNegative = 1.0
    num_documents: Count = 8000


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairClassification:
    """Options of the task ``pair_classification``.

    ``is_symmetric``: the label does not depend on which text is first; both orders are learned
    and asked. ``agreement``: how much both orders are drawn together. ``label_smoothing``: the
    share of each label that goes to all.
    """

    is_symmetric: bool = False
    agreement: NotNegative = 0.0
    label_smoothing: Fraction = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Similarity:
    """Options of the task ``similarity``.

    ``largest_score``: of the data, whose scores begin at 0. ``agreement``: how much the scores of
    both orders are drawn together.
    """

    largest_score: Positive = 5.0
    agreement: NotNegative = 0.0


OPTIONS: dict[str, type[Any]] = {
    "answering": NoOptions,
    "classification": Classification,
    "embedding": Embedding,
    "multi_label": NoOptions,
    "pair_classification": PairClassification,
    "similarity": Similarity,
    "tagging": Tagging,
}


def options_of(task: str) -> type[Any]:
    """Return the class of a task's options."""
    return OPTIONS[task]

"""One label a text: its options and its words."""

import dataclasses
from typing import Literal

from madang.tasks.classifier import SIGNATURE, opening
from madang.tasks.task import Task
from madang.validation import Count, Fraction, Name, NotNegative, Positive, Probability

WatchedName = Literal["accuracy", "macro_f1", "roc_auc", "loss"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Teacher:
    """A linear model on character n-grams whose doubt softens the labels.

    The target is ``weight`` parts of its out-of-fold probability, and for the rest the given label.
    Each text is judged by one of ``num_folds`` teachers, one that has not seen it. With an
    ``encoder`` (a folder, or the name of a model that ships) the probability is the mean of two
    linear models, on n-grams and on the encoder's vectors.
    """

    weight: Probability = 0.5
    num_folds: Count = 5
    shortest: Count = 2
    longest: Count = 4
    strength: Positive = 3.0
    encoder: str | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """How one label a text is learned.

    ``watch``: the figure by which epochs and averages are chosen. ``label_smoothing``: the share of
    each label that goes to all. ``consistency``: how much two readings of a text under different
    dropout are drawn together; it doubles the work. ``class_weights``: how much a text of each
    label counts, rare ones more. ``teacher``: whose doubt softens labels that are often wrong.
    ``labels``: their names in order, as the data names them; by default those of the data set, else
    numbers by their value and words by the alphabet.
    """

    watch: WatchedName = "accuracy"
    label_smoothing: Fraction = 0.0
    consistency: NotNegative = 0.0
    class_weights: tuple[Positive, ...] = ()
    teacher: Teacher | None = None
    labels: tuple[Name, ...] = ()


CLASSIFICATION = Task(
    name="classification",
    opening=opening("one"),
    signature=SIGNATURE,
    options=Options,
    baseline="TF-IDF",
)

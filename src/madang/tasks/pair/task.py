"""What holds between two texts, read together: two tasks, one of labels and one of a score."""

import dataclasses

from madang.runtime.signature import TOKEN_TYPES, Signature
from madang.tasks.task import Task
from madang.validation import Fraction, Name, NotNegative, Positive

SIGNATURE = Signature("a model for pairs of texts", TOKEN_TYPES, {"logits": ""})


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelOptions:
    """How a label of two texts is learned.

    ``is_symmetric``: the label does not depend on which text is first; both orders are learned
    and asked. ``agreement``: how much both orders are drawn together. ``label_smoothing``: the
    share of each label that goes to all. ``labels``: their names in order, by default as the data
    names them.
    """

    is_symmetric: bool = False
    agreement: NotNegative = 0.0
    label_smoothing: Fraction = 0.0
    labels: tuple[Name, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """How it is learned how alike two texts are.

    ``largest_score``: of the data, whose scores begin at 0. ``agreement``: how much the scores of
    both orders are drawn together.
    """

    largest_score: Positive = 5.0
    agreement: NotNegative = 0.0


PAIR_CLASSIFICATION = Task(
    name="pair_classification",
    signature=SIGNATURE,
    options=LabelOptions,
    baseline="TF-IDF",
)
SIMILARITY = Task(
    name="similarity",
    signature=SIGNATURE,
    options=ScoreOptions,
    baseline="TF-IDF cosine",
)

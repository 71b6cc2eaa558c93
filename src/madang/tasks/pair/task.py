"""What holds between two texts, read together: two tasks, one of labels and one of a score."""

import dataclasses

from madang.runtime.signature import TOKEN_TYPES, Signature
from madang.tasks.task import UNLIKE, WORDS_ALONE, Opening, Task
from madang.validation import Fraction, Name, NotNegative, Positive

SIGNATURE = Signature("a model for pairs of texts", TOKEN_TYPES, {"logits": ""})


def opening(gives: str) -> Opening:
    """Return what a card says first of a model that gives two texts such an answer."""
    return Opening(
        "A model for pairs of texts",
        f"it gives two texts {gives}. It reads {{max_length}} tokens of both together; of more the "
        "longer text gives way.",
        'madang compare --model {name} "…" "…"',
        (WORDS_ALONE, UNLIKE),
    )


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
    opening=opening("one of the labels {labels}, and its probability"),
    signature=SIGNATURE,
    options=LabelOptions,
    baseline="TF-IDF",
)
SIMILARITY = Task(
    name="similarity",
    opening=opening("a score that says how alike they are"),
    signature=SIGNATURE,
    options=ScoreOptions,
    baseline="TF-IDF cosine",
)

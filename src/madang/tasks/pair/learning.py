"""What holds between two texts, read together: one of some labels, or how alike they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from torch import nn

from madang.datasets.card import TextPair
from madang.datasets.rows import card_labels, load_rows
from madang.errors import DataError
from madang.formats.manifest import Calibration
from madang.metrics.calibration import fit_platt
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.model import BertEncoder
from madang.tasks.learning import Task
from madang.tasks.pair import objective as pair
from madang.tasks.pair.objective import PairExample
from madang.text.tokenizer import Tokenizer
from madang.training.pair_scorer import predict_pairs, read_pairs

if TYPE_CHECKING:
    from madang.recipes.fine_tuning import FineTuningRecipe


class _Pairs(Task[TextPair, PairExample]):
    """What the two tasks share: their rows, and how two texts become one sequence."""

    is_symmetric: bool

    def load(self, names: Sequence[str], split: str) -> list[TextPair]:
        return load_rows(names, split, kind=TextPair)

    def texts(self, rows: Sequence[TextPair]) -> list[str]:
        return [text for row in rows for text in (row.first, row.second)]

    def examples(
        self,
        tokenizer: Tokenizer,
        rows: Sequence[TextPair],
        *,
        labels: tuple[str, ...],
        max_length: int,
    ) -> list[PairExample]:
        """Return the pairs as tokens, where both orders mean the same in both."""
        return read_pairs(
            tokenizer,
            [(row.first, row.second) for row in rows],
            [row.label for row in rows],
            max_length=max_length,
            is_symmetric=self.is_symmetric,
        )


class PairClassification(_Pairs):
    """Give two texts one of two labels or more."""

    name: ClassVar[str] = "pair_classification"

    def __init__(self, recipe: "FineTuningRecipe") -> None:
        options = recipe.options
        self.is_symmetric = options.is_symmetric
        self.agreement = options.agreement
        self.label_smoothing = options.label_smoothing

    def labels(self, names: Sequence[str], rows: Sequence[TextPair]) -> tuple[str, ...]:
        """Return the labels that the data sets name.

        Raises ``DataError`` where they name other ones, or none.
        """
        named = {card_labels([name]) for name in names}
        if len(named) != 1 or len(labels := named.pop()) < 2:
            raise DataError(
                f"{', '.join(names)} do not name the same two labels or more. Choose pairs that "
                f"are labelled alike; for pairs with a score give task = 'similarity'."
            )
        return labels

    def model(self, encoder: BertEncoder, *, labels: tuple[str, ...]) -> BertForTextPairs:
        return BertForTextPairs(encoder, num_labels=len(labels), is_symmetric=self.is_symmetric)

    def objective(self, *, labels: tuple[str, ...]) -> pair.PairClassification:
        return pair.PairClassification(
            num_classes=len(labels),
            label_smoothing=self.label_smoothing,
            agreement=self.agreement,
        )

    def calibration(self, model: nn.Module, examples: Sequence[PairExample]) -> Calibration | None:
        """Fit Platt's sigmoid where there are two labels; more have none."""
        logits = predict_pairs(model, examples)
        if logits.shape[1] != 2:
            return None
        labels = np.array([example.label for example in examples], np.int64)
        scale, offset = fit_platt(logits[:, 1] - logits[:, 0], labels)
        return Calibration(scale=scale, offset=offset)


class Similarity(_Pairs):
    """Say how alike two texts are, on the scale of the data."""

    name: ClassVar[str] = "similarity"
    is_symmetric = True

    def __init__(self, recipe: "FineTuningRecipe") -> None:
        self.largest_score = recipe.options.largest_score
        self.agreement = recipe.options.agreement

    def labels(self, names: Sequence[str], rows: Sequence[TextPair]) -> tuple[str, ...]:
        """Return no labels.

        Raises ``DataError`` for data sets whose pairs have labels and no score.
        """
        labelled = [name for name in names if card_labels([name])]
        if labelled:
            raise DataError(
                f"The pairs of {', '.join(labelled)} have labels and no score. Choose pairs with a "
                f"score, or give task = 'pair_classification'."
            )
        return ()

    def model(self, encoder: BertEncoder, *, labels: tuple[str, ...]) -> BertForTextPairs:
        return BertForTextPairs(
            encoder, num_labels=1, is_symmetric=True, largest_score=self.largest_score
        )

    def objective(self, *, labels: tuple[str, ...]) -> pair.Similarity:
        return pair.Similarity(largest_score=self.largest_score, agreement=self.agreement)

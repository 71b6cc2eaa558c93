"""What holds between two texts, read together: one of some labels, or how alike they are."""

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from madang.datasets.card import TextPair
from madang.datasets.rows import card_labels
from madang.errors import DataError
from madang.formats.manifest import Calibration
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.model import BertEncoder
from madang.runtime.torch import TorchRunner
from madang.tasks.learning import Head, Labels, Learning, fit_calibration
from madang.tasks.pair import objective as pair
from madang.tasks.pair.objective import PairExample
from madang.tasks.pair.task import SIGNATURE, LabelOptions
from madang.text.tokenizer import Tokenizer

HEAD = Head(BertForTextPairs, "reads two texts as one sequence")


class _Pairs(Learning[TextPair, PairExample]):
    """What the two tasks share: their rows, and how two texts become one sequence."""

    kind = TextPair
    is_symmetric: bool

    def texts(self, rows: Sequence[TextPair]) -> list[str]:
        return [text for row in rows for text in (row.first, row.second)]

    def examples(
        self, tokenizer: Tokenizer, rows: Sequence[TextPair], *, labels: Labels, max_length: int
    ) -> list[PairExample]:
        """Return the pairs as tokens, where both orders mean the same in both."""
        straight, swapped = (
            tokenizer.encode_pairs(pairs, max_length=max_length)
            for pairs in (
                [(row.first, row.second) for row in rows],
                [(row.second, row.first) for row in rows if self.is_symmetric],
            )
        )
        examples = [
            PairExample(ids=each.ids, type_ids=each.type_ids, label=row.label)
            for each, row in zip(straight, rows, strict=True)
        ]
        if not self.is_symmetric:
            return examples
        return [
            dataclasses.replace(example, swapped=(each.ids, each.type_ids))
            for example, each in zip(examples, swapped, strict=True)
        ]


class PairClassification(_Pairs):
    """Give two texts one of two labels or more."""

    def __init__(self, options: LabelOptions) -> None:
        super().__init__(options)
        self.is_symmetric = options.is_symmetric

    def labels(self, names: Sequence[str], rows: Sequence[TextPair]) -> Labels:
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

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForTextPairs:
        return BertForTextPairs(encoder, num_labels=len(labels), is_symmetric=self.is_symmetric)

    def objective(self, *, labels: Labels) -> pair.PairClassification:
        return pair.PairClassification(num_classes=len(labels), **vars(self.options))

    def calibration(self, model: nn.Module, examples: Sequence[PairExample]) -> Calibration | None:
        return fit_calibration(_logits(model, examples), [example.label for example in examples])


class Similarity(_Pairs):
    """Say how alike two texts are, on the scale of the data."""

    is_symmetric = True

    def labels(self, names: Sequence[str], rows: Sequence[TextPair]) -> Labels:
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

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForTextPairs:
        largest_score = self.options.largest_score
        return BertForTextPairs(
            encoder, num_labels=1, is_symmetric=True, largest_score=largest_score
        )

    def objective(self, *, labels: Labels) -> pair.Similarity:
        return pair.Similarity(**vars(self.options))


def _logits(model: nn.Module, examples: Sequence[PairExample]) -> NDArray[np.float32]:
    """Return the logits (N, C) of pairs, the mean of both orders where an example has both."""
    rows = [(each.ids, each.type_ids) for each in examples]
    rows += [each.swapped for each in examples if each.swapped is not None]
    outputs = TorchRunner(model, SIGNATURE).run(
        [{"input_ids": ids, "token_type_ids": type_ids} for ids, type_ids in rows]
    )
    logits_NC = np.stack([logits_C for (logits_C,) in outputs])
    orders = logits_NC.reshape(-1, len(examples), logits_NC.shape[1])
    return np.asarray(orders.mean(axis=0))

"""What holds between two texts, read together: one of some labels, or how alike they are."""

import dataclasses
import logging
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from madang.datasets.card import TextPair
from madang.datasets.own.pair import LABELLED_PAIR, SCORED_PAIR
from madang.datasets.rows import Source
from madang.errors import DataError
from madang.formats.manifest import Calibration
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.model import BertEncoder
from madang.runtime.torch import TorchRunner
from madang.tasks.learning import (
    Head,
    Labels,
    Learning,
    check_all_occur,
    check_scores_differ,
    check_several,
    fit_calibration,
)
from madang.tasks.pair import objective as pair
from madang.tasks.pair.objective import PairExample
from madang.tasks.pair.task import SIGNATURE, LabelOptions
from madang.text.tokenizer import Tokenizer

LOGGER = logging.getLogger("madang.training")
HEAD = Head(BertForTextPairs, "reads two texts as one sequence")


class _Pairs(Learning[TextPair, PairExample]):
    """What the two tasks share: their rows, and how two texts become one sequence."""

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

    def asked(self, rows: Sequence[TextPair]) -> list[tuple[str, str]]:
        return [(row.first, row.second) for row in rows]


class PairClassification(_Pairs):
    """Give two texts one of two labels or more."""

    form = LABELLED_PAIR

    def __init__(self, options: LabelOptions) -> None:
        super().__init__(options)
        self.is_symmetric = options.is_symmetric

    def labels(self, source: Source[TextPair]) -> Labels:
        """Return the labels; ``DataError`` where there are not two."""
        if source.has_sets and not source.set_labels:
            raise DataError(
                f"The pairs of {', '.join(source.names)} have no labels. Choose pairs that have, "
                f'or give task = "similarity" for pairs with a score.'
            )
        check_several(source.labels, names=source.names)
        return source.labels

    def check(
        self, train: Sequence[TextPair], held_out: Sequence[TextPair], *, labels: Labels
    ) -> None:
        """Check that each label occurs; two are calibrated on what is held out."""
        held_out_labels = [int(row.label) for row in held_out] if len(labels) == 2 else None
        check_all_occur(labels, [int(row.label) for row in train], held_out_labels)

    def model(self, encoder: BertEncoder, *, labels: Labels) -> BertForTextPairs:
        return BertForTextPairs(encoder, num_labels=len(labels), is_symmetric=self.is_symmetric)

    def objective(self, *, labels: Labels) -> pair.PairClassification:
        return pair.PairClassification(num_classes=len(labels), **vars(self.options))

    def calibration(self, model: nn.Module, examples: Sequence[PairExample]) -> Calibration | None:
        return fit_calibration(_logits(model, examples), [example.label for example in examples])


class Similarity(_Pairs):
    """Say how alike two texts are, on the scale of the data."""

    form = SCORED_PAIR
    is_symmetric = True

    def labels(self, source: Source[TextPair]) -> Labels:
        """Return no labels; ``DataError`` for data sets whose pairs have labels and no score."""
        if source.set_labels:
            raise DataError(
                f"The pairs of {', '.join(source.names)} have labels and no score. Choose pairs "
                f'with a score, or give task = "pair_classification".'
            )
        return ()

    def check(
        self, train: Sequence[TextPair], held_out: Sequence[TextPair], *, labels: Labels
    ) -> None:
        """Check that the scores are on the scale of the options, and not all the same."""
        largest_score = self.options.largest_score
        scores = [row.label for row in (*train, *held_out)]
        if min(scores) < 0 or max(scores) > largest_score:
            raise DataError(
                f"The scores go from {min(scores):g} to {max(scores):g}; they must lie between 0 "
                f"and largest_score, which is {largest_score:g}. Give the end of your scale: "
                f"[similarity] largest_score = {max(1.0, max(scores)):g}; where scores begin "
                f"below 0, shift them first."
            )
        if max(scores) <= largest_score / 2:
            LOGGER.warning(
                "The largest score is %g, but largest_score is %g. Say where your scale ends: "
                "[similarity] largest_score = %g",
                *(max(scores), largest_score, max(scores)),
            )
        check_scores_differ(scores[len(train) :])

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

"""What holds between two texts: one of C labels, or how alike they are.

Where the answer does not depend on which text is first, an example is read in both orders: the loss
is the mean of both, and so is the answer. A further loss makes the answers to both orders agree,
because neither dropout nor the order should change them (Liang 2021, R-Drop, section 2.1).

Likeness is learned as a share of the largest score, by cross-entropy with the soft target: near its
ends, where most pairs are, the sigmoid keeps its slope.
"""

import abc
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn
from torch.nn import functional

from madang.errors import DataError
from madang.metrics.classification import accuracy, macro_f1
from madang.metrics.similarity import pearson, spearman
from madang.tasks.objective import (
    TextExample,
    TextObjective,
    binary_divergence,
    loss_output,
    padded,
    soft_divergence,
)
from madang.tasks.pair.task import LabelOptions, ScoreOptions
from madang.training.objective import Batch, LossOutput, pad


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairExample(TextExample):
    """Two texts as one sequence, and the number of their label, or their score.

    ``type_ids`` are 0 in the first text and 1 in the second. ``swapped`` holds both once more for
    the second text before the first, or is ``None`` where the order says something.
    """

    type_ids: Sequence[int]
    label: float
    swapped: tuple[Sequence[int], Sequence[int]] | None = None


class _Pairs(TextObjective[PairExample], abc.ABC):
    """What the two objectives share: ``model(input_ids, attention_mask, token_type_ids)``.

    A batch is all examples in the order given, then all of them swapped, if any is.
    """

    agreement: float

    def length(self, example: PairExample) -> int:
        return len(example.ids) * (1 if example.swapped is None else 2)

    def collate(self, examples: Sequence[PairExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask``, ``token_type_ids`` (B or 2B, T), ``labels``."""
        swapped = [example.swapped for example in examples if example.swapped is not None]
        assert len(swapped) in (0, len(examples)), "all examples of a task have an order, or none"
        rows = [*(example.ids for example in examples), *(ids for ids, _ in swapped)]
        types = [*(example.type_ids for example in examples), *(types for _, types in swapped)]
        return {
            **padded(rows),
            "token_type_ids": pad(types, value=0),
            "labels": self._labels([example.label for example in examples]),
        }

    @abc.abstractmethod
    def _labels(self, labels: Sequence[float]) -> Tensor:
        """Return the labels of a batch as the loss wants them, (B,)."""

    def both_logits(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the logits of each order, (O, B, C), in float32; O is 1 or 2."""
        inputs = (batch[name] for name in ("input_ids", "attention_mask", "token_type_ids"))
        logits_NC: Tensor = model(*inputs)
        return logits_NC.float().reshape(-1, len(batch["labels"]), logits_NC.shape[-1])

    def logits(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the mean of the logits of both orders, (B, C)."""
        return self.both_logits(model, batch).mean(dim=0)

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        both_logits = self.both_logits(model, batch)
        loss_sum = torch.stack([self._loss_sum(each, batch["labels"]) for each in both_logits])
        loss = loss_sum.mean()
        if self.agreement and len(both_logits) == 2:
            loss = loss + self.agreement * self._distance_sum(*both_logits)
        return loss_output(loss, batch, num_items=len(batch["labels"]))

    @abc.abstractmethod
    def _loss_sum(self, logits_BC: Tensor, labels_B: Tensor) -> Tensor:
        """Return the loss of one order, summed over its pairs."""

    @abc.abstractmethod
    def _distance_sum(self, first_BC: Tensor, second_BC: Tensor) -> Tensor:
        """Return how far two answers are apart: the mean divergence both ways, summed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairClassification(LabelOptions, _Pairs):
    """Cross-entropy over the logits of C labels (smoothing: Szegedy 2016, section 7)."""

    num_classes: int

    def _labels(self, labels: Sequence[float]) -> Tensor:
        for label in labels:
            if not (0 <= label < self.num_classes and label == int(label)):
                raise DataError(
                    f"A label is {label}; with {self.num_classes} classes it must be a whole "
                    f"number from 0 to {self.num_classes - 1}. Mend the data."
                )
        return torch.tensor(labels, dtype=torch.int64)

    def _loss_sum(self, logits_BC: Tensor, labels_B: Tensor) -> Tensor:
        return functional.cross_entropy(
            logits_BC, labels_B, reduction="sum", label_smoothing=self.label_smoothing
        )

    def _distance_sum(self, first_BC: Tensor, second_BC: Tensor) -> Tensor:
        first_BC, second_BC = first_BC.log_softmax(-1), second_BC.log_softmax(-1)
        difference_BC = (first_BC.exp() - second_BC.exp()) * (first_BC - second_BC)
        return difference_BC.sum() / 2

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from a teacher's labels, the mean of both orders."""
        return soft_divergence(output, answers[0], temperature=temperature)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return accuracy, macro F1 and loss, of the mean of both orders."""
        logits_NC, labels_N, loss = self.answers(model, batches, self._loss_sum)
        predictions_N = logits_NC.argmax(-1).numpy()
        return {
            "accuracy": accuracy(predictions_N, labels_N.numpy()),
            "macro_f1": macro_f1(predictions_N, labels_N.numpy()),
            "loss": loss,
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class Similarity(ScoreOptions, _Pairs):
    """Cross-entropy of one logit with a score as a share of ``largest_score``."""

    def _labels(self, labels: Sequence[float]) -> Tensor:
        for label in labels:
            if not 0 <= label <= self.largest_score:
                raise DataError(
                    f"A score is {label}; it must be from 0 to {self.largest_score}. Mend the "
                    f"data, or give another largest_score."
                )
        return torch.tensor(labels, dtype=torch.float32) / self.largest_score

    def _loss_sum(self, logits_BC: Tensor, labels_B: Tensor) -> Tensor:
        return functional.binary_cross_entropy_with_logits(
            logits_BC[:, 0], labels_B, reduction="sum"
        )

    def _distance_sum(self, first_BC: Tensor, second_BC: Tensor) -> Tensor:
        share_BC = first_BC.sigmoid() - second_BC.sigmoid()
        return (share_BC * (first_BC - second_BC)).sum() / 2

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from a teacher's score, the mean of both orders."""
        return binary_divergence(output, answers[0], temperature=temperature)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return Spearman's and Pearson's correlation and the loss, of the mean of both orders."""
        logits_NC, labels_N, loss = self.answers(model, batches, self._loss_sum)
        scores_N, targets_N = logits_NC[:, 0].sigmoid().double().numpy(), labels_N.double().numpy()
        return {
            "spearman": _or_zero(spearman, scores_N, targets_N),
            "pearson": _or_zero(pearson, scores_N, targets_N),
            "loss": loss,
        }


def _or_zero(
    correlation: Callable[[ArrayLike, ArrayLike], float],
    scores_N: NDArray[np.float64],
    targets_N: NDArray[np.float64],
) -> float:
    """Return a correlation; 0 where all scores are the same, so that they have no order."""
    try:
        return correlation(scores_N, targets_N)
    except DataError:
        return 0.0

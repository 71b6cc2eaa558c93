"""Sequence classification with hard or soft labels.

Learns from texts with one class each, or with a probability for every class (a teacher's, or an
honest doubt about a noisy label). Good when each text has one answer. Label smoothing moves a
share of each label to all classes alike: Szegedy 2016, section 7. Consistency draws two readings
of a text under different dropout together, so that what dropout takes away is not what the answer
hangs on: Wu 2021 (R-Drop), section 2.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang import validation
from madang.errors import DataError, SettingError
from madang.metrics.classification import accuracy, macro_f1, roc_auc
from madang.tasks.classification.task import Options
from madang.tasks.objective import (
    TextExample,
    TextObjective,
    loss_output,
    padded,
    soft_divergence,
)
from madang.training.objective import Batch, LossOutput

# How far from 1 the probabilities of a soft label may add up to, stored in float16.
ROUNDING = 1e-2


@dataclasses.dataclass(frozen=True, kw_only=True)
class LabelledExample(TextExample):
    """A text and its label: the number of its class (an ``int``), or each class's probability."""

    label: int | Sequence[float]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Classification(Options, TextObjective[LabelledExample]):
    """Cross-entropy over the logits (B, C), by the options of the task.

    To watch ``roc_auc`` needs two classes; ``class_weights`` are one a class, or none.
    """

    num_classes: int

    def __post_init__(self) -> None:
        validation.check(self)
        if len(self.class_weights) not in (0, self.num_classes):
            raise SettingError(
                f"class_weights are {list(self.class_weights)}; give one number above 0 for each "
                f"of the {self.num_classes} classes, or none."
            )
        if self.watch == "roc_auc" and self.num_classes != 2:
            raise SettingError(
                f"watch is 'roc_auc', which needs two classes, not {self.num_classes}. "
                f"Watch accuracy, macro_f1 or loss."
            )

    @property
    def higher_is_better(self) -> bool:
        return self.watch != "loss"

    def collate(self, examples: Sequence[LabelledExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T) and ``labels``: (B,), or soft (B, C)."""
        labels = self._labels([example.label for example in examples])
        return {**padded([example.ids for example in examples]), "labels": labels}

    def _labels(self, labels: Sequence[int | Sequence[float]]) -> Tensor:
        for label in labels:
            self._check(label)
        if all(isinstance(label, int) for label in labels):
            return torch.tensor(labels, dtype=torch.int64)
        soft_BC = torch.zeros(len(labels), self.num_classes)
        for row_C, label in zip(soft_BC, labels, strict=True):
            if isinstance(label, int):
                row_C[label] = 1.0
            else:
                row_C.copy_(torch.as_tensor(label, dtype=torch.float32))
        return soft_BC

    def _check(self, label: int | Sequence[float]) -> None:
        if isinstance(label, int):
            is_allowed = 0 <= label < self.num_classes
        else:
            is_allowed = (
                len(label) == self.num_classes
                and min(label) >= 0.0
                and abs(sum(label) - 1.0) < ROUNDING
            )
        if not is_allowed:
            raise DataError(
                f"A label is {label}; with {self.num_classes} classes it must be a whole number "
                f"from 0 to {self.num_classes - 1}, or {self.num_classes} probabilities that add "
                f"up to 1. Mend the data."
            )

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        if self.consistency:
            first_BC, second_BC = self.logits(model, twice(batch)).chunk(2)
            label_loss = (
                self._label_loss(first_BC, batch) + self._label_loss(second_BC, batch)
            ) / 2
            loss_sum = label_loss + self.consistency * divergence(first_BC, second_BC)
        else:
            loss_sum = self._label_loss(self.logits(model, batch), batch)
        return loss_output(loss_sum, batch, num_items=len(batch["labels"]))

    def _label_loss(self, logits_BC: Tensor, batch: Batch) -> Tensor:
        return functional.cross_entropy(
            logits_BC,
            batch["labels"],
            weight=logits_BC.new_tensor(self.class_weights) if self.class_weights else None,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from a teacher's labels."""
        logits = output[0] if isinstance(output, tuple) else output
        return soft_divergence(logits, answers[0], temperature=temperature)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the watched figure first, then the others; the loss is without smoothing."""
        loss_sum = partial(functional.cross_entropy, reduction="sum")
        logits, labels, loss = self.answers(model, batches, loss_sum)
        logits_NC = logits.double().numpy()
        labels_N = (labels if labels.ndim == 1 else labels.argmax(-1)).numpy()
        predictions_N = logits_NC.argmax(-1)
        figures = {
            "accuracy": accuracy(predictions_N, labels_N),
            "macro_f1": macro_f1(predictions_N, labels_N),
            "loss": loss,
        }
        if self.watch == "roc_auc" or (self.num_classes == 2 and len(set(labels_N.tolist())) == 2):
            figures["roc_auc"] = roc_auc(logits_NC[:, 1] - logits_NC[:, 0], labels_N)
        return {self.watch: figures[self.watch], **figures}


def twice(batch: Batch) -> Batch:
    """Return the batch with all its rows once more, for a second reading in the same pass."""
    return {name: torch.cat([tensor, tensor]) for name, tensor in batch.items()}


def divergence(first_BC: Tensor, second_BC: Tensor) -> Tensor:
    """Return a quarter of the divergence of two answers, both ways, summed over the batch.

    With the halved loss of the labels it is half of the paper's objective.

    >>> float(divergence(torch.tensor([[0.0, 2.0]]), torch.tensor([[0.0, 2.0]])))
    0.0
    """
    first, second = (logits.log_softmax(-1) for logits in (first_BC, second_BC))
    one_way = functional.kl_div(first, second, reduction="sum", log_target=True)
    other_way = functional.kl_div(second, first, reduction="sum", log_target=True)
    return (one_way + other_way) / 4

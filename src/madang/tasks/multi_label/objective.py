"""Any number of labels a text: each label is a yes or no of its own.

Learns from texts with the labels that they have, or with a probability for every label. Good
where labels overlap or all may be missing. Source: one logistic loss a label, as in Nam 2014.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.errors import DataError
from madang.metrics.multi_label import label_macro_f1, label_micro_f1, label_ranking_precision
from madang.tasks.objective import (
    TextExample,
    TextObjective,
    binary_divergence,
    loss_output,
    padded,
)
from madang.training.objective import Batch, LossOutput

_loss_sum = partial(functional.binary_cross_entropy_with_logits, reduction="sum")


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabelExample(TextExample):
    """A text and the numbers of the labels that it has."""

    labels: Sequence[int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabel(TextObjective[MultiLabelExample]):
    """Binary cross-entropy over the logits (B, C), summed over labels.

    A label is given from a probability of one half on. The figure that early stopping watches is
    the ranking precision, which needs no threshold.
    """

    num_labels: int

    def collate(self, examples: Sequence[MultiLabelExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T) and ``labels`` (B, C) of 0 and 1."""
        labels_BC = torch.zeros(len(examples), self.num_labels)
        for row_C, example in zip(labels_BC, examples, strict=True):
            for label in example.labels:
                if not 0 <= label < self.num_labels:
                    raise DataError(
                        f"A label is {label}; with {self.num_labels} labels it must be from 0 to "
                        f"{self.num_labels - 1}. Mend the data."
                    )
                row_C[label] = 1.0
        return {**padded([example.ids for example in examples]), "labels": labels_BC}

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        loss_sum = _loss_sum(self.logits(model, batch), batch["labels"])
        return loss_output(loss_sum, batch, num_items=len(batch["labels"]))

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from a teacher's labels, each by itself."""
        logits = output[0] if isinstance(output, tuple) else output
        return binary_divergence(logits, answers[0], temperature=temperature)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the ranking precision, then macro and micro F1 and the loss."""
        logits_NC, labels_NC, loss = self.answers(model, batches, _loss_sum)
        given_NC, truth_NC = (logits_NC >= 0).numpy(), labels_NC.numpy()
        has_labels = bool(given_NC.any() or truth_NC.any())
        return {
            "label_ranking_precision": label_ranking_precision(logits_NC.numpy(), truth_NC),
            "macro_f1": label_macro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "micro_f1": label_micro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "loss": loss,
        }

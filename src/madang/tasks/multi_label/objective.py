"""Any number of labels a text: each label is a yes or no of its own.

Learns from texts with the labels that they have. Good where labels overlap or all may be missing.
Source: one logistic loss a label, as in Nam 2014.

Of some texts less is known. A label of which nothing is known has no part in the loss. Of labels
"at least one of which" a text has, the loss is that of the probability that it has any, as if each
were drawn for itself (noisy-or: Pearl 1988, section 4.3): the network may choose which.
"""

import dataclasses
from collections.abc import Iterable, Sequence
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

# What stands in place of 1 or 0 where it is not known whether a text has a label: nothing more is
# known, or that it has at least one of those labels.
UNKNOWN, ANY_OF = -1.0, -2.0
# The least that is taken from 1; the logarithm of nothing has no gradient.
TINY = 1e-30


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabelExample(TextExample):
    """A text and the numbers of its labels; ``unknown``, ``any_of`` as in ``MultiLabelText``."""

    labels: Sequence[int]
    unknown: Sequence[int] = ()
    any_of: Sequence[int] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabel(TextObjective[MultiLabelExample]):
    """Binary cross-entropy over the logits (B, C), summed over labels.

    A label is given from a probability of one half on. The figure that early stopping watches is
    the ranking precision, which needs no threshold.
    """

    num_labels: int

    def collate(self, examples: Sequence[MultiLabelExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T) and ``labels`` (B, C).

        These are 0 and 1, ``UNKNOWN`` or ``ANY_OF``.
        """
        labels_BC = torch.zeros(len(examples), self.num_labels)
        for row_C, example in zip(labels_BC, examples, strict=True):
            known = ((example.unknown, UNKNOWN), (example.any_of, ANY_OF), (example.labels, 1.0))
            for labels, value in known:
                for label in labels:
                    self._check(label)
                    row_C[label] = value
        return {**padded([example.ids for example in examples]), "labels": labels_BC}

    def _check(self, label: int) -> None:
        if not 0 <= label < self.num_labels:
            raise DataError(
                f"A label is {label}; with {self.num_labels} labels it must be from 0 to "
                f"{self.num_labels - 1}. Mend the data."
            )

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        loss_sum = known_loss(self.logits(model, batch), batch["labels"])
        return loss_output(loss_sum, batch, num_items=len(batch["labels"]))

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from a teacher's labels, each by itself."""
        logits = output[0] if isinstance(output, tuple) else output
        return binary_divergence(logits, answers[0], temperature=temperature)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the ranking precision, then macro and micro F1 and the loss.

        What is not known counts as if it were neither asked nor answered.
        """
        logits_NC, labels_NC, loss = self.answers(model, batches, known_loss)
        is_known_NC = labels_NC >= 0
        given_NC = ((logits_NC >= 0) & is_known_NC).numpy()
        truth_NC = (labels_NC == 1).numpy()
        scores_NC = logits_NC.masked_fill(~is_known_NC, -torch.inf).numpy()
        has_labels = bool(given_NC.any() or truth_NC.any())
        return {
            "label_ranking_precision": label_ranking_precision(scores_NC, truth_NC),
            "macro_f1": label_macro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "micro_f1": label_micro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "loss": loss,
        }


def known_loss(logits_BC: Tensor, labels_BC: Tensor) -> Tensor:
    """Return the loss of what is known of each label, summed over the batch.

    Where one of two labels is there and each is as likely as not, the loss is that of 3/4:

    >>> loss = known_loss(torch.zeros(1, 3), torch.tensor([[ANY_OF, ANY_OF, UNKNOWN]]))
    >>> round(float(torch.exp(-loss)), 4)
    0.75
    """
    each_BC = functional.binary_cross_entropy_with_logits(
        logits_BC, labels_BC.clamp(min=0), reduction="none"
    )
    loss_sum = each_BC.masked_fill(labels_BC < 0, 0.0).sum()
    is_any_BC = labels_BC == ANY_OF
    if not is_any_BC.any():
        return loss_sum
    # The logarithm of the probability that a text has none of the labels.
    none_BC = -functional.softplus(logits_BC).masked_fill(~is_any_BC, 0.0)
    none_N = none_BC.sum(-1)[is_any_BC.any(-1)].clamp(max=-TINY)
    return loss_sum - torch.log(-torch.expm1(none_N)).sum()

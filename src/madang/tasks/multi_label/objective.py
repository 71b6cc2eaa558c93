"""Any number of labels a text: each label is a yes or no of its own.

Learns from texts with the labels that they have, or with a probability for every label. Good
where labels overlap or all may be missing. Source: one logistic loss a label, as in Nam 2014.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.errors import DataError
from madang.metrics.multi_label import label_macro_f1, label_micro_f1, label_ranking_precision
from madang.training.objective import Batch, LossOutput, attention_mask, pad


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabelExample:
    """A text as token ids, and the numbers of the labels that it has."""

    ids: Sequence[int]
    labels: Sequence[int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class MultiLabel:
    """Binary cross-entropy over the logits (B, C), summed over labels.

    A label is given from a probability of one half on. The figure that early stopping watches is
    the ranking precision, which needs no threshold.
    """

    num_labels: int
    pad_id: int = 0

    @property
    def higher_is_better(self) -> bool:
        return True

    def length(self, example: MultiLabelExample) -> int:
        return len(example.ids)

    def collate(self, examples: Sequence[MultiLabelExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T) and ``labels`` (B, C) of 0 and 1."""
        rows = [example.ids for example in examples]
        labels_BC = torch.zeros(len(examples), self.num_labels)
        for row_C, example in zip(labels_BC, examples, strict=True):
            for label in example.labels:
                if not 0 <= label < self.num_labels:
                    raise DataError(
                        f"A label is {label}; with {self.num_labels} labels it must be from 0 to "
                        f"{self.num_labels - 1}. Mend the data."
                    )
                row_C[label] = 1.0
        return {
            "input_ids": pad(rows, value=self.pad_id),
            "attention_mask": attention_mask(rows),
            "labels": labels_BC,
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        logits_BC = self.logits(model, batch)
        return LossOutput(
            loss_sum=functional.binary_cross_entropy_with_logits(
                logits_BC, batch["labels"], reduction="sum"
            ),
            num_items=len(logits_BC),
            num_tokens=int(batch["attention_mask"].sum()),
        )

    def logits(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the logits (B, C) in float32."""
        output = model(batch["input_ids"], batch["attention_mask"])
        logits_BC: Tensor = output[0] if isinstance(output, tuple) else output
        return logits_BC.float()

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the ranking precision, then macro and micro F1 and the loss."""
        logits, labels = [], []
        for batch in batches:
            logits.append(self.logits(model, batch).cpu())
            labels.append(batch["labels"].cpu())
        logits_NC, labels_NC = torch.cat(logits), torch.cat(labels)
        loss = functional.binary_cross_entropy_with_logits(logits_NC, labels_NC, reduction="sum")
        given_NC, truth_NC = (logits_NC >= 0).numpy(), labels_NC.numpy()
        has_labels = bool(given_NC.any() or truth_NC.any())
        return {
            "label_ranking_precision": label_ranking_precision(logits_NC.numpy(), truth_NC),
            "macro_f1": label_macro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "micro_f1": label_micro_f1(given_NC, truth_NC) if has_labels else 1.0,
            "loss": float(loss) / len(logits_NC),
        }

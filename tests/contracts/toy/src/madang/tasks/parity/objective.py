"""Cross-entropy over two labels."""

import dataclasses
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.training.objective import Batch, LossOutput, attention_mask, pad


@dataclasses.dataclass(frozen=True, kw_only=True)
class ParityExample:
    """A text as token ids, and whether it has an odd number of sentences."""

    ids: Sequence[int]
    is_odd: bool


class ParityLoss:
    """Learn the logits (B, 2) that ``model(input_ids, attention_mask)`` gives."""

    higher_is_better = True

    def length(self, example: ParityExample) -> int:
        """Return the number of tokens."""
        return len(example.ids)

    def collate(self, examples: Sequence[ParityExample], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``attention_mask`` (B, T) and ``labels`` (B)."""
        rows = [example.ids for example in examples]
        labels = torch.tensor([int(example.is_odd) for example in examples])
        return {"input_ids": pad(rows, value=0), "attention_mask": attention_mask(rows)} | {
            "labels": labels
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        """Return the loss summed over texts."""
        loss = functional.cross_entropy(logits(model, batch), batch["labels"], reduction="sum")
        num_tokens = int(batch["attention_mask"].sum())
        return LossOutput(loss_sum=loss, num_items=len(batch["labels"]), num_tokens=num_tokens)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the share of texts that are answered rightly."""
        right = [logits(model, batch).argmax(-1) == batch["labels"] for batch in batches]
        return {"accuracy": float(torch.cat(right).float().mean())}


def logits(model: nn.Module, batch: Batch) -> Tensor:
    """Return the logits (B, 2) in float32."""
    logits_BC: Tensor = model(batch["input_ids"], batch["attention_mask"])
    return logits_BC.float()

"""What the objectives of tasks that read texts have in common: padded rows, and what is counted."""

import dataclasses
from collections.abc import Sequence
from typing import Generic, TypeVar

from torch import Tensor, nn

from madang.training.objective import Batch, LossOutput, attention_mask, pad

# Any id will do: the attention mask hides padding from every token.
PADDING = 0


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextExample:
    """A text, or two as one sequence, as token ids, special ones included."""

    ids: Sequence[int]


ExampleT = TypeVar("ExampleT", bound=TextExample)


class TextObjective(Generic[ExampleT]):
    """An objective whose first figure is better where it is larger."""

    @property
    def higher_is_better(self) -> bool:
        """Say that a larger figure is better."""
        return True

    def length(self, example: ExampleT) -> int:
        """Return the number of tokens of an example."""
        return len(example.ids)

    def logits(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the logits (B, C) in float32; a model may return more behind them."""
        output = model(batch["input_ids"], batch["attention_mask"])
        logits_BC: Tensor = output[0] if isinstance(output, tuple) else output
        return logits_BC.float()


def padded(rows: Sequence[Sequence[int]]) -> Batch:
    """Return ``input_ids`` and ``attention_mask``, (B, T)."""
    return {"input_ids": pad(rows, value=PADDING), "attention_mask": attention_mask(rows)}


def loss_output(loss_sum: Tensor, batch: Batch, *, num_items: int) -> LossOutput:
    """Return the loss of a batch of texts, whose tokens the attention mask counts."""
    num_tokens = int(batch["attention_mask"].sum())
    return LossOutput(loss_sum=loss_sum, num_items=num_items, num_tokens=num_tokens)

"""What the objectives of tasks that read texts have in common: padded rows, and what is counted."""

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

from madang.runtime.runner import Array
from madang.training.objective import Batch, LossOutput, attention_mask, pad

# Any id will do: the attention mask hides padding from every token.
PADDING = 0
MASK_SHARE, RANDOM_SHARE = 0.8, 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class TextExample:
    """A text, or two as one sequence, as token ids, special ones included."""

    ids: Sequence[int]


ExampleT = TypeVar("ExampleT", bound=TextExample)


class TextObjective(Generic[ExampleT]):
    """An objective whose first figure is better where it is larger."""

    @property
    def higher_is_better(self) -> bool:
        """Whether the first figure is better where it is larger."""
        return True

    def length(self, example: ExampleT) -> int:
        """Return the number of tokens that an example costs."""
        return len(example.ids)

    def collate_answers(
        self, examples: Sequence[ExampleT], answers: Sequence[tuple[Array, ...]]
    ) -> list[Tensor]:
        """Return each output of a teacher for a batch, longer and shorter ones padded with 0."""
        columns = zip(*answers, strict=True)
        return [
            nn.utils.rnn.pad_sequence(list(map(torch.from_numpy, column)), batch_first=True)
            for column in columns
        ]

    def logits(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the logits (B, C) in float32; a model may return more behind them."""
        output = model(batch["input_ids"], batch["attention_mask"])
        logits_BC: Tensor = output[0] if isinstance(output, tuple) else output
        return logits_BC.float()

    def answers(
        self,
        model: nn.Module,
        batches: Iterable[Batch],
        loss_sum: Callable[[Tensor, Tensor], Tensor],
    ) -> tuple[Tensor, Tensor, float]:
        """Return the logits and the labels of all batches on the CPU, and the mean loss."""
        logits, labels, total = [], [], 0.0
        for batch in batches:
            logits_BC = self.logits(model, batch)
            total += float(loss_sum(logits_BC, batch["labels"]))
            logits.append(logits_BC.cpu())
            labels.append(batch["labels"].cpu())
        labels_N = torch.cat(labels)
        return torch.cat(logits), labels_N, total / len(labels_N)


def soft_divergence(logits: Tensor, teacher_BC: Tensor, *, temperature: float) -> Tensor:
    """Return KL(teacher || model) over C labels of which one is right, times ``temperature`` ².

    ``logits`` (O·B, C) are one reading of the batch or several; their mean is summed over B.

    >>> teacher_BC = torch.tensor([[1.0, -1.0]])
    >>> soft_divergence(torch.tensor([[3.0, 1.0]]), teacher_BC, temperature=2.0).item()
    0.0
    """
    student = (logits.float() / temperature).view(-1, *teacher_BC.shape).log_softmax(-1)
    goal_BC = (teacher_BC.float() / temperature).log_softmax(-1)
    divergence = goal_BC.exp() * (goal_BC - student)
    return divergence.sum(dim=(1, 2)).mean() * temperature**2


def binary_divergence(logits: Tensor, teacher_BC: Tensor, *, temperature: float) -> Tensor:
    """Do what ``soft_divergence`` does where each of the C labels is a yes or no of its own."""
    num_readings = len(logits) // len(teacher_BC)
    # A yes or no is a label of two, of which the second has the logit 0.
    student, goal = (
        torch.stack([each.float(), torch.zeros_like(each, dtype=torch.float32)], -1).flatten(0, 1)
        for each in (logits, teacher_BC.repeat(num_readings, 1))
    )
    return soft_divergence(student, goal, temperature=temperature) / num_readings


def padded(rows: Sequence[Sequence[int]]) -> Batch:
    """Return ``input_ids`` and ``attention_mask``, (B, T)."""
    return {"input_ids": pad(rows, value=PADDING), "attention_mask": attention_mask(rows)}


def loss_output(loss_sum: Tensor, batch: Batch, *, num_items: int) -> LossOutput:
    """Return the loss of a batch of texts."""
    return LossOutput(loss_sum=loss_sum, num_items=num_items, num_tokens=count_tokens(batch))


def count_tokens(batch: Batch) -> int:
    """Return the number of tokens that are read: those of the attention mask, or all."""
    mask = batch.get("attention_mask")
    return batch["input_ids"].numel() if mask is None else int(mask.sum())


def hide(
    ids_BT: Tensor, selected_BT: Tensor, chance_BT: Tensor, *, mask_id: int, drawn_BT: Tensor
) -> Tensor:
    """Return ids whose selected ones are hidden by their chance, from 0 to 1.

    The lowest 80 % become ``mask_id``, the highest 10 % what was drawn: Devlin 2018, section 3.1.
    """
    hidden_BT = ids_BT.masked_fill(selected_BT & (chance_BT < MASK_SHARE), mask_id)
    return torch.where(selected_BT & (chance_BT >= 1.0 - RANDOM_SHARE), drawn_BT, hidden_BT)

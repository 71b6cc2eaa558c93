"""What a task must say so that the loop can train it.

The loop knows nothing of labels, masks or heads. It divides the summed loss by the number of
items of the *whole* step, over all its micro-batches and processes, so that accumulation and
data-parallel training give the gradient of the one large batch. A mean of means would not, as soon
as two micro-batches hold different numbers of items.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Batch = dict[str, Tensor]
Indices = NDArray[np.int64]  # the places of examples in the data
ExampleT = TypeVar("ExampleT")
ContravariantT = TypeVar("ContravariantT", contravariant=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class LossOutput:
    """The loss of one micro-batch, summed and not averaged.

    ``num_items`` is what the sum runs over (labelled texts, masked tokens); ``num_tokens`` is the
    number of real tokens, padding left out, by which speed is counted.
    """

    loss_sum: Tensor
    num_items: int
    num_tokens: int


class Objective(Protocol[ContravariantT]):
    """A task: how its examples become batches, what the loss is, how a model is measured."""

    @property
    def higher_is_better(self) -> bool:
        """Whether a larger first figure of ``evaluate`` is a better one."""
        ...

    def length(self, example: ContravariantT) -> int:
        """Return the number of tokens of an example, by which batches are cut."""
        ...

    def collate(self, examples: Sequence[ContravariantT], generator: torch.Generator) -> Batch:
        """Make one batch; draw whatever is random from ``generator`` alone."""
        ...

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        """Return the summed loss of a model on a batch."""
        ...

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return figures by name; the first one is watched by early stopping."""
        ...


def example_lengths(objective: Objective[ExampleT], data: Sequence[ExampleT]) -> NDArray[np.int64]:
    """Return the number of tokens of every example; data that knows them is not read for it."""
    known = getattr(data, "lengths", None)
    if known is not None:
        return np.asarray(known, np.int64)
    return np.array([objective.length(example) for example in data], dtype=np.int64)


def collated(
    objective: Objective[ExampleT],
    data: Sequence[ExampleT],
    batches: Iterable[Sequence[int]],
    *,
    generator: torch.Generator,
    device: torch.device,
) -> Iterator[Batch]:
    """Yield each batch of positions in ``data`` as tensors on ``device``; skip empty ones."""
    for indices in batches:
        if indices:
            batch = objective.collate([data[index] for index in indices], generator)
            yield {name: tensor.to(device) for name, tensor in batch.items()}


def pad(rows: Sequence[Sequence[int] | NDArray[np.int64]], *, value: int) -> Tensor:
    """Return ``rows`` as one (B, T) tensor of int64, filled up with ``value`` on the right.

    >>> pad([[5, 6, 7], [8]], value=0)
    tensor([[5, 6, 7],
            [8, 0, 0]])
    """
    tensors = [torch.as_tensor(row, dtype=torch.int64) for row in rows]
    return nn.utils.rnn.pad_sequence(tensors, batch_first=True, padding_value=value)


def attention_mask(rows: Sequence[Sequence[int] | NDArray[np.int64]]) -> Tensor:
    """Return the (B, T) mask of int64 that is 1 at real tokens and 0 at padding.

    >>> attention_mask([[5, 6, 7], [8]])
    tensor([[1, 1, 1],
            [1, 0, 0]])
    """
    lengths = torch.tensor([len(row) for row in rows])
    return (torch.arange(int(lengths.max()))[None, :] < lengths[:, None]).long()

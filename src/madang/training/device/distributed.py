"""Data-parallel training: torchrun starts the processes, each takes its share of every batch.

Gradients are *summed* over processes and divided once by the number of items of all of them. That
is the gradient of one process on the whole batch, also when the shares hold different numbers of
items; averaging the processes' means, as DistributedDataParallel does, is not. Summing after
the backward pass also lets an objective call a model however it likes and leave parts unused.
"""

import dataclasses
import datetime
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn

BUCKET_ELEMENTS = 8 * 1024 * 1024
# The first process may build a corpus or evaluate while the others wait for it.
LONGEST_WAIT = datetime.timedelta(hours=6)


@dataclasses.dataclass(frozen=True, kw_only=True)
class World:
    """The processes that train together; alone, every method returns what it was given."""

    rank: int
    size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes files and logs."""
        return self.rank == 0

    def share(self, items: Sequence[int]) -> Sequence[int]:
        """Return the part of ``items`` that this process works on.

        >>> World(rank=1, size=2, device=torch.device("cpu")).share([10, 11, 12])
        [11]
        """
        return items[self.rank :: self.size]

    def sum(self, values: Sequence[float]) -> list[float]:
        """Return each value summed over all processes."""
        if self.size == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(tensor)
        return [float(value) for value in tensor]

    def first(self, value: float) -> float:
        """Return the value of the first process."""
        return self.sum([value if self.is_first else 0.0])[0]

    def wait(self) -> None:
        """Go on when every process has come here."""
        self.sum([0.0])

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Sum the gradients over all processes; one that none has stays ``None``."""
        if self.size == 1:
            return
        trainable = [p for p in parameters if p.requires_grad]
        counts = self.sum([float(p.grad is not None) for p in trainable])
        gradients: list[Tensor] = []
        for parameter, count in zip(trainable, counts, strict=True):
            if count == 0:
                continue
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
        for bucket in _buckets(gradients):
            flat = torch.cat([gradient.reshape(-1) for gradient in bucket])
            dist.all_reduce(flat)
            parts = torch.split(flat, [gradient.numel() for gradient in bucket])
            for gradient, part in zip(bucket, parts, strict=True):
                gradient.copy_(part.view_as(gradient))

    def copy_from_first(self, tensors: Iterable[Tensor]) -> None:
        """Overwrite ``tensors`` with those of the first process."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor.detach(), src=0)


def _buckets(gradients: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    """Group gradients so that few large sums go over the wire instead of many small ones."""
    bucket: list[Tensor] = []
    for gradient in gradients:
        bucket.append(gradient)
        if sum(tensor.numel() for tensor in bucket) >= BUCKET_ELEMENTS:
            yield bucket
            bucket = []
    if bucket:
        yield bucket


@contextmanager
def joined_world(device: torch.device) -> Iterator[World]:
    """Join the processes that torchrun started, if it did, and leave them at the end."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1 and not dist.is_initialized():
        yield World(rank=0, size=1, device=device)
        return
    is_ours = not dist.is_initialized()
    if is_ours:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=LONGEST_WAIT)
    try:
        yield World(rank=dist.get_rank(), size=dist.get_world_size(), device=device)
    finally:
        if is_ours:
            dist.destroy_process_group()

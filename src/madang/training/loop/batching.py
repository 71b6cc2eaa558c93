"""Which examples meet in which batch: a pure function of lengths, seed and epoch.

Texts of similar length share a batch, so that little of it is padding. Only a pool of examples is
sorted at a time, by length with a little noise, so that an example meets others in each epoch.
Nothing here has a state: a run that stopped goes on by asking for the steps from its position on.
Source: batches of similar length by token count, Vaswani 2017, section 5.1.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.training.objective import Indices
from madang.training.settings import TrainingSettings

BATCHES_IN_POOL = 64
LENGTH_NOISE = 0.05


def derive_seed(*numbers: int) -> int:
    """Return a seed that depends on all ``numbers`` and on their order.

    >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
    (True, False)
    """
    state = np.random.SeedSequence(numbers).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def cut_batches(
    order: Indices, lengths: NDArray[Any], *, batch_size: int, batch_tokens: int
) -> list[Indices]:
    """Cut ``order`` into consecutive batches that keep both limits, padding counted.

    One example longer than ``batch_tokens`` is a batch of its own.

    >>> batches = cut_batches(np.arange(5), np.array([2, 2, 3, 3, 9]), batch_size=3, batch_tokens=6)
    >>> [batch.tolist() for batch in batches]
    [[0, 1], [2, 3], [4]]
    """
    batches: list[Indices] = []
    start = 0
    while start < len(order):
        window = lengths[order[start : start + batch_size]]
        padded = np.maximum.accumulate(window) * np.arange(1, len(window) + 1)
        # The padded size only grows with each further example, so counting is a search.
        stop = start + max(1, int(np.count_nonzero(padded <= batch_tokens)))
        batches.append(order[start:stop])
        start = stop
    return batches


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """All batches of a run, epoch by epoch; a step is the batches of one update of the weights."""

    lengths: NDArray[np.int64]
    settings: TrainingSettings

    def epoch_batches(self, epoch: int) -> list[Indices]:
        """Return the batches of an epoch in the order in which they are trained on."""
        settings = self.settings
        random = np.random.default_rng(derive_seed(settings.seed, epoch))
        order = random.permutation(len(self.lengths))
        noisy = self.lengths * (1.0 + LENGTH_NOISE * random.random(len(self.lengths)))
        pool_size = settings.batch_size * BATCHES_IN_POOL
        batches: list[Indices] = []
        for start in range(0, len(order), pool_size):
            pool = order[start : start + pool_size]
            pool = pool[np.argsort(noisy[pool], kind="stable")]
            batches += cut_batches(
                pool,
                self.lengths,
                batch_size=settings.batch_size,
                batch_tokens=settings.batch_tokens,
            )
        return [batches[index] for index in random.permutation(len(batches))]

    @cached_property
    def steps_in_epochs(self) -> tuple[int, ...]:
        """The number of steps of each epoch; it differs a little from one to the next."""
        return tuple(
            -(-len(self.epoch_batches(epoch)) // self.settings.accumulation)
            for epoch in range(self.settings.num_epochs)
        )

    @property
    def num_steps(self) -> int:
        """How many steps the run has."""
        return sum(self.steps_in_epochs)

    def steps(self, start: int) -> Iterator[tuple[int, list[Indices]]]:
        """Yield (epoch, batches) of every step from the ``start``-th of the run on."""
        first, size = 0, self.settings.accumulation
        for epoch, num_steps in enumerate(self.steps_in_epochs):
            if first + num_steps > start:
                batches = self.epoch_batches(epoch)
                for step in range(max(0, start - first), num_steps):
                    yield epoch, batches[step * size : (step + 1) * size]
            first += num_steps


def sorted_batches(
    lengths: Sequence[int] | NDArray[np.int64], *, batch_size: int, batch_tokens: int
) -> list[Indices]:
    """Return batches for evaluation: sorted by length, each example once, nothing random."""
    array = np.asarray(lengths, dtype=np.int64)
    order = np.argsort(array, kind="stable")
    return cut_batches(order, array, batch_size=batch_size, batch_tokens=batch_tokens)

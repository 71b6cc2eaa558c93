"""What a decoder remembers between two steps: the keys and values of positions already seen.

Without it, writing n tokens costs n passes over the whole text; with it, each step computes the
newest position only. A step with the cache gives what a pass without it gives: a test holds it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class KeyValues(NamedTuple):
    """The keys and values that one attention layer answers with, each (B, G, S, K)."""

    key_BGSK: Tensor
    value_BGSK: Tensor


class LayerCache:
    """The growing keys and values of one self-attention layer."""

    def __init__(self, seen: KeyValues | None = None) -> None:
        self.seen = seen

    @property
    def num_positions(self) -> int:
        """How many positions are remembered."""
        return 0 if self.seen is None else self.seen.key_BGSK.shape[2]

    def extend(self, new: KeyValues) -> KeyValues:
        """Remember further positions and return all of them."""
        if self.seen is not None:
            pairs = zip(self.seen, new, strict=True)
            new = KeyValues(*(torch.cat(pair, dim=2) for pair in pairs))
        self.seen = new
        return new

    def select(self, rows_N: Tensor) -> None:
        """Keep these rows of the batch, in this order (a beam search moves its hypotheses)."""
        if self.seen is not None:
            self.seen = KeyValues(*(tensor.index_select(0, rows_N) for tensor in self.seen))


class Cache:
    """The caches of all blocks of a decoder, one step further with every call of the model."""

    def __init__(self, num_blocks: int) -> None:
        self.layers: Sequence[LayerCache] = [LayerCache() for _ in range(num_blocks)]

    @property
    def num_positions(self) -> int:
        """How many positions are remembered."""
        return self.layers[0].num_positions if self.layers else 0

    def select(self, rows_N: Tensor) -> None:
        """Keep these rows of the batch in every block."""
        for layer in self.layers:
            layer.select(rows_N)

"""The key-value cache of a decoder: what attention has computed of earlier positions.

Without it, writing n tokens costs n passes over the whole text; with it, each step computes the
newest position only. The room is allocated once, at the first call: a prompt of many tokens is
written at once (prefill), then one token a step goes behind it, and nothing is copied again. A step
with the cache gives what a pass without it gives.
"""

from typing import NamedTuple

from torch import Tensor

from madang.errors import SettingError


class KeyValues(NamedTuple):
    """The keys and values that the queries of one attention layer look up, each (B, G, S, K)."""

    key_BGSK: Tensor
    value_BGSK: Tensor


class LayerCache:
    """The keys and values of one self-attention layer, with room for ``capacity`` positions."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.num_positions = 0
        self._room: KeyValues | None = None

    def extend(self, new: KeyValues) -> KeyValues:
        """Write further positions behind those that are there, and return all of them.

        What is returned are views: they are valid until the next call. Raises ``SettingError``
        when there is no room left.
        """
        start, stop = self.num_positions, self.num_positions + new.key_BGSK.shape[2]
        if stop > self.capacity:
            raise SettingError(
                f"The cache has room for {self.capacity} positions; this is number {stop}. "
                f"Make a cache with a larger capacity."
            )
        if self._room is None:
            # Only now are the batch, the type and the device known.
            num_texts, num_heads, _, head_size = new.key_BGSK.shape
            size = (num_texts, num_heads, self.capacity, head_size)
            self._room = KeyValues(*(part.new_empty(size) for part in new))
        for room_BGSK, part_BGSK in zip(self._room, new, strict=True):
            room_BGSK[:, :, start:stop] = part_BGSK
        self.num_positions = stop
        return self._written(self._room)

    def select(self, rows_N: Tensor) -> None:
        """Keep these rows of the batch, in this order (a beam search moves its hypotheses)."""
        if self._room is None:
            return
        if len(rows_N) != len(self._room.key_BGSK):
            self._room = KeyValues(*(part.index_select(0, rows_N) for part in self._room))
            return
        for written_BGSK in self._written(self._room):
            written_BGSK.copy_(written_BGSK.index_select(0, rows_N))

    def _written(self, room: KeyValues) -> KeyValues:
        return KeyValues(*(part[:, :, : self.num_positions] for part in room))


class Cache:
    """The caches of all blocks of a decoder, further by what each call of the model reads."""

    def __init__(self, num_blocks: int, *, capacity: int) -> None:
        self.layers = [LayerCache(capacity) for _ in range(num_blocks)]

    @property
    def num_positions(self) -> int:
        """How many positions are written."""
        return self.layers[0].num_positions if self.layers else 0

    def select(self, rows_N: Tensor) -> None:
        """Keep these rows of the batch in every block."""
        for layer in self.layers:
            layer.select(rows_N)

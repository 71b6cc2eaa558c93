"""Histories as examples: which stretches of them are learned from, and which items are asked for.

Nothing is copied: an example is a stretch of the one array that holds all histories, in the ids of
a model (an item's number plus 1, for 0 is padding).
"""

import dataclasses
from collections.abc import Sequence
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.holdout import Holdout
from madang.errors import DataError, SettingError

ItemIds = NDArray[np.int64]
# What comes next can only be learned where something came before.
LEAST_ITEMS = 2


class HeldOut(NamedTuple):
    """A history, and the item that came next: to be ranked among all."""

    items_T: ItemIds
    target: int


# What is learned from, and what is measured on.
HistoryExample = ItemIds | HeldOut


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Histories(Sequence[ItemIds]):
    """Stretches of histories; the i-th is ``items[starts[i]:stops[i]]``."""

    items: ItemIds
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of items of each stretch."""
        return self.stops - self.starts

    def __len__(self) -> int:
        return len(self.starts)

    @overload
    def __getitem__(self, index: int) -> ItemIds: ...
    @overload
    def __getitem__(self, index: slice) -> "Histories": ...
    def __getitem__(self, index: int | slice) -> "ItemIds | Histories":
        if isinstance(index, slice):
            return dataclasses.replace(self, starts=self.starts[index], stops=self.stops[index])
        return self.items[self.starts[index] : self.stops[index]]


def cut_histories(
    interactions: Interactions, *, max_length: int, stride: int | None = None
) -> Histories:
    """Return the last ``max_length`` items of each history, and with a ``stride`` all of it.

    With it every further stretch ends so many items earlier, until the first item is reached: each
    item of a long history is learned from (the sliding window of Sun 2019's released code).
    Histories of one item teach nothing and are left out. Raises ``DataError`` when none is left,
    and ``SettingError`` for a length below 2 and a stride below 1.
    """
    if max_length < LEAST_ITEMS or (stride is not None and stride < 1):
        raise SettingError(
            f"max_length is {max_length} and stride {stride}; the first must be {LEAST_ITEMS} or "
            f"more, the second 1 or more, or left out."
        )
    first, stop = interactions.offsets[:-1], interactions.offsets[1:]
    num_further = np.zeros(len(first), np.int64)
    if stride is not None:
        num_further = -(-np.maximum(stop - first - max_length, 0) // stride)
    user = np.repeat(np.arange(len(first)), num_further + 1)
    place = np.arange(len(user)) - np.repeat(
        np.cumsum(num_further + 1) - num_further - 1, num_further + 1
    )
    stops = stop[user] - place * (stride or 0)
    starts = np.maximum(stops - max_length, first[user])
    is_kept = stops - starts >= LEAST_ITEMS
    if not is_kept.any():
        raise DataError(
            "No history has two items, so there is nothing to learn from. Give interactions of "
            "people with several, or filter fewer of them out."
        )
    items = interactions.items.astype(np.int64) + 1
    return Histories(items=items, starts=starts[is_kept], stops=stops[is_kept])


def held_out_targets(holdout: Holdout, *, most_items: int) -> list[HeldOut]:
    """Return each validation item behind the last ``most_items`` of its user's history.

    Users whose validation items are all that they have are left out.
    """
    offsets, targets = holdout.train.offsets, holdout.validation
    has_both_R = np.diff(offsets)[targets.user_R] > 0
    items = holdout.train.items.astype(np.int64) + 1
    return [
        HeldOut(
            items[max(offsets[user], offsets[user + 1] - most_items) : offsets[user + 1]], item + 1
        )
        for user, item in zip(
            targets.user_R[has_both_R].tolist(), targets.item_R[has_both_R].tolist(), strict=True
        )
    ]

"""Interactions of people with items, in order of time, with both numbered from 0.

All histories lie in one array, one after another, so that twenty million interactions are three
columns of numbers and a history is a slice. People and items are numbered in the order in which the
file first names them, and their own ids are kept, as texts. Within a history the earlier comes
first; what happened at the same moment stays in the order of the file.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from madang.errors import DataError

REPEATED = "repeated rows"


class Ids(pl.Series):
    """Original ids by their numbers: ``ids[history(u)]``, and ``ids[history(u)[0]]`` for one."""

    def __getitem__(self, key: Any) -> Any:
        """Return an id, or ids; polars takes no number of numpy, and an array holds no other."""
        return super().__getitem__(int(key) if isinstance(key, np.integer) else key)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Interactions:
    """Histories of all users, in time order, users and items numbered from 0.

    ``user_ids`` (U,) and ``item_ids`` (I,) are the original ids as texts: ``item_ids[history(u)]``
    are those of a person's items. ``items`` (N,) holds the history of user ``u`` from
    ``offsets[u]`` to before ``offsets[u + 1]``; ``offsets`` is (U + 1,). ``times`` (N,) are
    seconds since 1970, None where the data has only an order. ``dropped`` says how many rows were
    taken out, by reason, ``noticed`` how many stayed and look odd. The arrays can not be written
    to: much is a view of them.
    """

    user_ids: pl.Series
    item_ids: pl.Series
    offsets: NDArray[np.int64]
    items: NDArray[np.int32]
    times: NDArray[np.int64] | None
    dropped: Mapping[str, int] = dataclasses.field(default_factory=dict)
    noticed: Mapping[str, int] = dataclasses.field(default_factory=dict)

    def __post_init__(self) -> None:
        assert len(self.offsets) == len(self.user_ids) + 1
        assert self.offsets[-1] == len(self.items)
        assert self.times is None or len(self.times) == len(self.items)
        for name in ("user_ids", "item_ids"):
            if not isinstance(ids := getattr(self, name), Ids):
                object.__setattr__(self, name, Ids(ids.name, ids))
        for name in ("offsets", "items", "times"):
            if (array := getattr(self, name)) is not None:
                object.__setattr__(self, name, _read_only(array))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def num_users(self) -> int:
        """How many people there are."""
        return len(self.user_ids)

    @property
    def num_items(self) -> int:
        """How many items there are."""
        return len(self.item_ids)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many interactions each user has, (U,)."""
        return np.diff(self.offsets)

    @property
    def users(self) -> NDArray[np.int32]:
        """The user of each interaction, (N,)."""
        return np.repeat(np.arange(self.num_users, dtype=np.int32), self.lengths)

    def history(self, user: int) -> NDArray[np.int32]:
        """Return the items of a user, oldest first."""
        return self.items[self.offsets[user] : self.offsets[user + 1]]

    def counts(self) -> NDArray[np.int64]:
        """Return how many interactions each item has, (I,)."""
        return np.bincount(self.items, minlength=self.num_items)

    def first(self, num_U: NDArray[np.int64]) -> "Interactions":
        """Return the first ``num_U`` interactions of each user; all numbers stay as they are."""
        place_N = np.arange(len(self)) - np.repeat(self.offsets[:-1], self.lengths)
        kept_N = place_N < np.repeat(num_U, self.lengths)
        return dataclasses.replace(
            self,
            offsets=_offsets(np.minimum(num_U, self.lengths)),
            items=self.items[kept_N],
            times=None if self.times is None else self.times[kept_N],
        )

    def only(self, kept_N: NDArray[np.bool_], *, reason: str) -> "Interactions":
        """Return the marked interactions; users and items that have none left are left out.

        The others are numbered anew.
        Raises ``DataError`` when none is marked.
        """
        if not kept_N.any():
            raise DataError(f"Without what the setting {reason} drops, no interaction is left.")
        users, user_ids = _renumbered(self.users[kept_N], self.user_ids)
        items, item_ids = _renumbered(self.items[kept_N], self.item_ids)
        num_dropped = len(self) - int(kept_N.sum())
        return Interactions(
            user_ids=user_ids,
            item_ids=item_ids,
            offsets=_offsets(np.bincount(users, minlength=len(user_ids))),
            items=items,
            times=None if self.times is None else self.times[kept_N],
            dropped={**self.dropped, **({reason: num_dropped} if num_dropped else {})},
            noticed=self.noticed,
        )


def number(frame: pl.DataFrame) -> Interactions:
    """Number the people and items of a table and put each history in order.

    >>> table = pl.DataFrame({"user": ["나", "가", "나"], "item": ["책", "책", "컵 하나"]})
    >>> found = number(table)
    >>> found.user_ids.to_list(), found.item_ids.to_list(), found.history(0).tolist()
    (['나', '가'], ['책', '컵 하나'], [0, 1])
    >>> found.item_ids[found.history(0)[0]]
    '책'
    >>> found.item_ids[found.history(0)].to_list()
    ['책', '컵 하나']
    """
    codes, ids = {}, {}
    for name in ("user", "item"):
        ids[name] = frame[name].unique(maintain_order=True)
        codes[name] = frame[name].cast(pl.Enum(ids[name])).to_physical().cast(pl.Int32)
    table = pl.DataFrame(codes)
    has_times = "time" in frame.columns
    if has_times:
        table = table.with_columns(frame["time"])
    # The sort is stable: what happened at the same moment stays in the order of the file.
    table = table.sort(["user", "time"] if has_times else ["user"], maintain_order=True)
    num_repeated = _num_repeated(table)
    return Interactions(
        user_ids=ids["user"],
        item_ids=ids["item"],
        offsets=_offsets(np.bincount(table["user"].to_numpy(), minlength=len(ids["user"]))),
        items=table["item"].to_numpy().copy(),
        times=table["time"].dt.epoch("s").to_numpy().copy() if has_times else None,
        noticed={REPEATED: num_repeated} if num_repeated else {},
    )


def _num_repeated(table: pl.DataFrame) -> int:
    """Return how many rows of a sorted table say the same as one before them."""
    if "time" in table.columns:
        # Only what bears one moment of one person can be the same.
        is_tied = table.select(
            (pl.col("user") == pl.col("user").shift()) & (pl.col("time") == pl.col("time").shift())
        ).to_series()
        is_tied |= is_tied.shift(-1)
        table = table.filter(is_tied.fill_null(False))
    return table.height - table.n_unique() if table.height else 0


def drop_duplicates(interactions: Interactions, *, kept: Literal["first", "last"]) -> Interactions:
    """Keep the first or the last of one person's interactions with one item."""
    pair_N = interactions.users.astype(np.int64) * interactions.num_items + interactions.items
    step = 1 if kept == "first" else -1
    # Of equal values, unique gives the first place.
    _, place = np.unique(pair_N[::step], return_index=True)
    kept_N = np.zeros(len(interactions), np.bool_)
    kept_N[::step][place] = True
    found = interactions.only(kept_N, reason="duplicates")
    # Rows that say the same are among those that are gone.
    noticed = {each: num for each, num in found.noticed.items() if each != REPEATED}
    return dataclasses.replace(found, noticed=noticed)


def k_core(interactions: Interactions, *, k: int) -> Interactions:
    """Keep the people and items that have at least ``k`` interactions among those that are kept.

    Raises ``DataError`` where nothing is left.
    """
    users, items = interactions.users, interactions.items
    kept_N = np.ones(len(items), np.bool_)
    num_kept = -1
    while num_kept != (num_kept := int(kept_N.sum())):
        num_U = np.bincount(users[kept_N], minlength=interactions.num_users)
        num_I = np.bincount(items[kept_N], minlength=interactions.num_items)
        kept_N &= (num_U[users] >= k) & (num_I[items] >= k)
    return interactions.only(kept_N, reason="core")


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view


def _offsets(length_U: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum(length_U)]).astype(np.int64)


def _renumbered(numbers: NDArray[np.int32], ids: pl.Series) -> tuple[NDArray[np.int32], pl.Series]:
    """Number those ids that are still used, in their order."""
    is_used = np.bincount(numbers, minlength=len(ids)) > 0
    fresh = (np.cumsum(is_used) - 1).astype(np.int32)
    return fresh[numbers], ids.filter(pl.Series(is_used))

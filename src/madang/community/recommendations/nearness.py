"""Which items are near to a history, by the vectors of their texts.

A sentence encoder puts every text of one community into one corner: two that have nothing in
common still have a high cosine. So the mean of all items is taken off each vector first (Mu,
Bhat and Viswanath, "All-but-the-Top", 2018, section 2, without its second step), and what is left
is what sets a text apart.

An item's nearness is the mean of two cosines: with the mean of the history (what it is about as a
whole) and with the nearest item of it (what one of them is about; where a history is about many
things, their mean is about none).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from madang.community.extension.item import name_of, split_name
from madang.community.inference.vectors.index import FEW, LEAST_NEARNESS, Index, Vectors

#: So many of each kind are the newest.
MAX_RECENT = 2000


class Near(NamedTuple):
    """The row of an item, its nearness, and the row of the history that speaks for it.

    That is the one without which the nearness would be lowest.
    """

    row: int
    nearness: float
    because: int


class Table(NamedTuple):
    """Items by name, their vectors without what all of them have in common, and that."""

    names: Sequence[str]
    vectors_ND: Vectors
    mean_D: Vectors

    def look_up(
        self, names: Sequence[str], indexes: Mapping[str, Index]
    ) -> tuple[list[str], Vectors]:
        """Return those of *names* that have a vector, and the vectors (N, D) as in the table.

        Also of those that are no longer among the newest.
        """
        found: dict[str, Vectors] = {}
        for name in names:
            kind, number = split_name(name) or ("", 0)
            if kind in indexes and (vector_D := indexes[kind].get(number)) is not None:
                found[name] = vector_D
        if not found:
            return [], np.zeros((0, 0), np.float32)
        return list(found), set_apart(np.stack(list(found.values())), self.mean_D)


NOTHING = Table((), np.zeros((0, 0), np.float32), np.zeros(0, np.float32))
# Replaced as a whole: other threads read it meanwhile.
_kept: tuple[Sequence[object], Table] = ([], NOTHING)


def newest(indexes: Mapping[str, Index]) -> Table:
    """Return the table of the newest items, drawn up anew where an index has changed."""
    global _kept
    stamps, table = _kept
    # Read before the rows: what changes meanwhile is drawn up next time.
    found = [index.stamp for index in indexes.values()]
    if found != stamps:
        table = _draw_up(indexes)
        _kept = found, table
    return table


def _draw_up(indexes: Mapping[str, Index]) -> Table:
    found = {kind: index.newest(MAX_RECENT) for kind, index in indexes.items() if len(index)}
    if not found:
        return NOTHING
    names = [name_of(kind, number) for kind, (numbers, _) in found.items() for number in numbers]
    raw_ND = np.concatenate([vectors_ND for _, vectors_ND in found.values()])
    mean_D = mean_of(raw_ND)
    return Table(names, set_apart(raw_ND, mean_D), mean_D)


def mean_of(vectors_ND: Vectors) -> Vectors:
    """Return (D) what all vectors have in common.

    >>> float(mean_of(np.ones((30, 1), np.float32))[0])
    0.75
    """
    return np.asarray(vectors_ND.sum(axis=0) / (len(vectors_ND) + FEW), np.float32)


def set_apart(vectors_ND: Vectors, mean_D: Vectors) -> Vectors:
    """Take the mean off each vector, and give what is left the length 1."""
    rest_ND = vectors_ND - mean_D
    length_N1 = np.maximum(np.linalg.norm(rest_ND, axis=1, keepdims=True), 1e-12)
    return np.asarray(rest_ND / length_N1, np.float32)


def find_near(history_SD: Vectors, items_ND: Vectors, *, number: int) -> list[Near]:
    """Return the items nearest to a history, nearest first, at most *number*.

    All vectors have length 1.

    >>> east, north = [1.0, 0.0], [0.0, 1.0]
    >>> history = np.array([east, north, east], np.float32)
    >>> items = np.array([north, east], np.float32)
    >>> [(near.row, near.because) for near in find_near(history, items, number=2)]
    [(1, 0), (0, 1)]
    """
    if not len(history_SD) or not len(items_ND):
        return []
    nearness_N = measure(history_SD, items_ND)
    order = np.argsort(-nearness_N, kind="stable")[:number]
    order = order[nearness_N[order] >= LEAST_NEARNESS]
    found_ND = items_ND[order]
    without_NS = np.stack(
        [measure(np.delete(history_SD, row, axis=0), found_ND) for row in range(len(history_SD))],
        axis=1,
    )
    return [
        Near(int(row), float(nearness_N[row]), int(because))
        for row, because in zip(order, without_NS.argmin(axis=1), strict=True)
    ]


def measure(history_SD: Vectors, items_ND: Vectors) -> Vectors:
    """Return (N) the nearness of each item to a history; 0 to one without items."""
    if not len(history_SD):
        return np.zeros(len(items_ND), np.float32)
    total_D = history_SD.sum(axis=0)
    direction_D = total_D / max(float(np.linalg.norm(total_D)), 1e-12)
    nearest_N = (items_ND @ history_SD.T).max(axis=1)
    return np.asarray((items_ND @ direction_D + nearest_N) / 2, np.float32)

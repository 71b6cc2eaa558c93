"""Histories as a recommender reads them: the last items, those of one length at once.

So nothing is ever padded: a history gets the answer that it gets alone, and no time is spent on
what is not there.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from madang.runtime.runner import Array, Runner
from madang.tasks.recommendation.item_table import ItemTable

Numbers = npt.NDArray[np.int64]
# What is computed at once: so many scores, and so many positions of histories.
SCORES_AT_ONCE = 1 << 21
POSITIONS_AT_ONCE = 1 << 12


class HistoryReader:
    """Turn histories of item numbers, oldest first, into vectors of what comes next."""

    def __init__(self, runner: Runner, *, num_positions: int) -> None:
        self._runner = runner
        self._num_positions = num_positions

    def most_items(self, table: ItemTable) -> int:
        """Return the longest history that is read; a mask needs a position of its own."""
        return self._num_positions - (table.mask_D is not None)

    def blocks(
        self, table: ItemTable, histories: Sequence[Numbers], *, num_scores: int
    ) -> Iterator[Numbers]:
        """Yield the places of histories that are read at one length, some at a time.

        So many that ``num_scores`` a history fit into memory too.
        """
        most_items = self.most_items(table)
        lengths = np.array([min(len(each), most_items) for each in histories], np.int64)
        order = np.argsort(lengths, kind="stable")
        for group in np.split(order, np.flatnonzero(np.diff(lengths[order])) + 1):
            if len(group):
                length = max(int(lengths[group[0]]), 1)
                at_once = max(1, min(SCORES_AT_ONCE // num_scores, POSITIONS_AT_ONCE // length))
                yield from np.split(group, range(at_once, len(group), at_once))

    def read(self, table: ItemTable, histories: Sequence[Numbers]) -> Array:
        """Return the vectors (B, D) of histories of one block, none of them empty."""
        item_BT = np.stack([history[-self.most_items(table) :] for history in histories])
        item_BTD = table.vectors_VD[item_BT]
        if table.mask_D is not None:
            asked_B1D = np.broadcast_to(table.mask_D, (len(item_BT), 1, len(table.mask_D)))
            item_BTD = np.concatenate([item_BTD, asked_B1D], axis=1)
        (vector_BD,) = self._runner.run_batch({"inputs_embeds": item_BTD})
        return vector_BD

    def read_all(self, table: ItemTable, histories: Sequence[Numbers]) -> Array:
        """Return the vectors (B, D) of histories of any length, none of them empty."""
        vector_BD = np.empty((len(histories), table.vectors_VD.shape[1]), np.float32)
        for rows in self.blocks(table, histories, num_scores=1):
            vector_BD[rows] = self.read(table, [histories[row] for row in rows])
        return vector_BD

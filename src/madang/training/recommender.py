"""The scores that a PyTorch recommender gives, in the order of the histories."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from madang.errors import CheckpointError
from madang.formats.item_list import ItemList, read_items
from madang.models.bert4rec import Bert4Rec
from madang.models.checkpoint import load_checkpoint
from madang.training.device.device import training_device
from madang.training.loop.batching import equal_batches

BATCH_TOKENS = 4096


class CheckpointRecommender:
    """A checkpoint as evaluation sees a recommender; it answers as ``serving.Recommender`` does."""

    def __init__(self, folder: Path) -> None:
        checkpoint = load_checkpoint(folder)
        if not isinstance(checkpoint.model, Bert4Rec):
            raise CheckpointError(
                f"{folder} holds a {type(checkpoint.model).__name__}; give a recommender, which "
                f"`madang train` makes of a recipe with interactions."
            )
        self.manifest = checkpoint.manifest
        self.catalogue: ItemList = read_items(
            folder, sha256=checkpoint.manifest.record.get("items_sha256")
        )
        self._device = training_device()
        self._model = checkpoint.model.to(self._device)

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of all items, in the order of their numbers."""
        return self.catalogue.items

    def score(self, histories: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the score of every item number for each history of item numbers, (B, I).

        Retired items score minus infinity; an empty history is scored by what is popular.
        """
        most_items = self._model.most_items
        rows = [np.asarray(each[-most_items:], np.int64) + 1 for each in histories]
        filled = np.flatnonzero([len(row) > 0 for row in rows])
        score_BI = self._score_filled([rows[row] for row in filled])
        if len(filled) < len(rows):
            filled_FI, score_BI = score_BI, np.tile(self._popularity, (len(rows), 1))
            score_BI[filled] = filled_FI
        score_BI[:, self._retired] = -np.inf
        return score_BI

    def _score_filled(self, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Return the score of every item number for each row of ids of the model, none empty.

        All rows are scored by one product whose result is the answer: the scores of many items
        are so much memory that every further look at them costs as much as making them. The
        product is numpy's: of few rows and many items PyTorch's takes twice as long on a CPU,
        and whoever looks at the scores wants them there.
        """
        lengths = np.array([len(row) for row in rows], np.int64)
        vector_FD = np.ones((len(rows), len(self._item_table)), np.float32)
        with torch.inference_mode():
            for batch in equal_batches(lengths, batch_tokens=BATCH_TOKENS):
                ids_BT = torch.from_numpy(np.stack([rows[row] for row in batch]))
                asked_BT = self._model.ask(ids_BT.to(self._device)).input_ids
                # Nothing is padded, so what is asked is the last position, and no other's answer.
                vector_BD = self._model.vector_last(self._model.encoder.token(asked_BT))
                vector_FD[batch, :-1] = vector_BD.float().cpu().numpy()
        return np.asarray(vector_FD @ self._item_table)

    @cached_property
    def _item_table(self) -> NDArray[np.float32]:
        """The vectors of all items above their biases, (D + 1, I)."""
        item_ID = self._model.encoder.token.weight[1:-1]
        with torch.inference_mode():
            table = torch.cat([item_ID, self._model.head.bias[1:-1, None]], dim=1).T.contiguous()
        return np.asarray(table.float().cpu().numpy())

    @cached_property
    def _retired(self) -> list[int]:
        if not self.catalogue.retired:
            return []
        number_of = {item: number for number, item in enumerate(self.items)}
        return [number_of[item] for item in self.catalogue.retired]

    @cached_property
    def _popularity(self) -> NDArray[np.float32]:
        counts = np.asarray(self.catalogue.counts, np.float64)
        return np.asarray(counts / max(counts.sum(), 1.0), np.float32)

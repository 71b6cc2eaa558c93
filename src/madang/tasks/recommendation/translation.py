"""A recommender with a catalogue of its own, asked and answering in the numbers of another."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from madang.errors import DataError
from madang.tasks.recommendation.ranking import ItemScorer


class Translated:
    """Scores items by the numbers of other data; what the recommender does not know comes last.

    ``own_ids`` are the recommender's items in the order of its numbers. Items of a history that it
    does not know are left out of the history.

    Raises ``DataError`` when it knows none of ``item_ids``.
    """

    def __init__(self, scorer: ItemScorer, own_ids: Sequence[str], item_ids: pl.Series) -> None:
        number_of = {identity: number for number, identity in enumerate(own_ids)}
        self._scorer = scorer
        self._own_I = np.array([number_of.get(each, -1) for each in item_ids], np.int32)
        if not (self._own_I >= 0).any():
            raise DataError(
                f"The recommender knows {len(own_ids):,} items, such as {own_ids[0]!r}, and none "
                f"of the data's {len(item_ids):,}, such as {item_ids[0]!r}. Measure it on the data "
                f"that it was trained on."
            )

    def score(self, histories: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the score of each item for each history, (B, I), minus infinity if unknown."""
        own = [self._own_I[history] for history in histories]
        scores_BV = self._scorer.score([history[history >= 0] for history in own])
        scores_BI = np.full((len(histories), len(self._own_I)), -np.inf, np.float32)
        known = np.flatnonzero(self._own_I >= 0)
        scores_BI[:, known] = scores_BV[:, self._own_I[known]]
        return scores_BI


def in_numbers_of(item_ids: pl.Series, model: Any) -> ItemScorer:
    """Return a scorer by the numbers of ``item_ids``; a model with ``items`` has others."""
    own_ids: Sequence[str] | None = getattr(model, "items", None)
    scorer: ItemScorer = model
    return scorer if own_ids is None else Translated(scorer, own_ids, item_ids)

"""The best few of many scores, without sorting them all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Scores looked at together: long enough to skip most, short enough that few are looked at twice.
RUN = 64


def top(scores_BV: NDArray[np.floating[Any]], *, k: int) -> NDArray[np.int64]:
    """Return the places of the ``k`` best scores of each row, (B, k), the best first.

    The best ``k`` lie within those ``k`` runs whose best are the best, so only these are looked at
    one by one. Of scores that are equal at the edge, any may be left out.

    >>> top(np.array([[0.1, 0.9, 0.5]]), k=2).tolist()
    [[1, 2]]
    """
    num_rows, num_scores = scores_BV.shape
    num_runs = num_scores // RUN
    place_BN = np.broadcast_to(np.arange(num_scores), scores_BV.shape)
    if num_runs > k:
        best_of_run = scores_BV[:, : num_runs * RUN].reshape(num_rows, num_runs, RUN).max(axis=2)
        run = np.argpartition(best_of_run, -k, axis=1)[:, -k:]
        within_run = (run[:, :, None] * RUN + np.arange(RUN)).reshape(num_rows, -1)
        place_BN = np.hstack([within_run, place_BN[:, num_runs * RUN :]])
    scores_BN = np.take_along_axis(scores_BV, place_BN, axis=1)
    chosen = np.argpartition(scores_BN, -k, axis=1)[:, -k:]
    falling = np.argsort(-np.take_along_axis(scores_BN, chosen, axis=1), axis=1, kind="stable")
    best = np.take_along_axis(chosen, falling, axis=1)
    return np.take_along_axis(place_BN, best, axis=1)

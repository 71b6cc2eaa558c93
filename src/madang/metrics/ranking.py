"""How far up what was looked for stands in a list that was ordered by scores.

Over ``Q`` queries and ``N`` candidates, of which one is relevant to each query.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError


def ranks(scores: ArrayLike, relevant: ArrayLike) -> NDArray[np.int64]:
    """Return the rank of each query's relevant candidate, (Q,), from 1 on.

    ``scores`` (Q, N) are higher for what is nearer, ``relevant`` (Q,) are numbers of candidates.
    Of equal scores the relevant one comes last: a ranker that says nothing finds nothing.

    >>> ranks([[0.1, 0.9, 0.5], [0.3, 0.3, 0.3]], [2, 0]).tolist()
    [2, 3]
    """
    scores_QN, relevant_Q = np.asarray(scores), np.asarray(relevant)
    own_Q1 = np.take_along_axis(scores_QN, relevant_Q[:, None], axis=1)
    rank_Q = (scores_QN >= own_Q1).sum(axis=1)
    return np.asarray(rank_Q, np.int64)


def recall_at(rank_Q: ArrayLike, *, k: int) -> float:
    """Return the share of queries whose relevant candidate is among the first ``k``.

    Raises ``DataError`` without a query.

    >>> recall_at([1, 4, 2, 11], k=2)
    0.5
    """
    array_Q = np.asarray(rank_Q)
    if not array_Q.size:
        raise DataError("There is no query to measure a recall on. Give at least one.")
    return float((array_Q <= k).mean())

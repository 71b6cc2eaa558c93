"""How far up what was looked for stands in a list that was ordered by scores.

Over ``Q`` queries and ``N`` candidates. Where one candidate is relevant to each query, ``ranks``
say all; ``Ranking`` also holds queries to which several are, and gives the usual figures of each.

Source: Manning, Raghavan and Schütze 2008, chapter 8; Järvelin and Kekäläinen 2002 (NDCG).
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError

FloatArray = NDArray[np.float64]


def ranks(
    scores: ArrayLike, relevant: ArrayLike, query: ArrayLike | None = None
) -> NDArray[np.int64]:
    """Return the ranks of relevant candidates, (R,), from 1 on.

    ``scores`` (Q, N) are higher for what is nearer, ``relevant`` (R,) are numbers of candidates and
    ``query`` (R,) the query of each; without it each query has one. Of equal scores the relevant
    one comes last, so that constant scores find nothing.

    Raises ``DataError`` for a score that is not a number.

    >>> ranks([[0.1, 0.9, 0.5], [0.3, 0.3, 0.3]], [2, 0]).tolist()
    [2, 3]
    >>> ranks([[0.1, 0.9, 0.5]], [2, 1], [0, 0]).tolist()
    [2, 1]
    """
    scores_QN, relevant_R = np.asarray(scores), np.asarray(relevant)
    query_R = np.arange(len(scores_QN)) if query is None else np.asarray(query)
    # Nothing is at least a NaN: every other candidate would seem to stand below it.
    if scores_QN.size and np.isnan(scores_QN.min()):
        raise DataError("Some of the scores are not a number. Check the model that gave them.")
    own_R = scores_QN[query_R, relevant_R]
    # Row by row: the answers to one row stay near the processor, where those to all would not.
    counts = [
        np.count_nonzero(scores_QN[row] >= own) for row, own in zip(query_R, own_R, strict=True)
    ]
    return np.array(counts, np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class Ranking:
    """Where the relevant candidates of each query stand; every figure is one a query, (Q,).

    ``rank_R`` (R,) are the ranks, from 1 on, of all relevant candidates of all queries, and
    ``query_R`` (R,) the query of each; every query from 0 on has at least one. With one relevant
    candidate, recall is the hit, and average precision the reciprocal rank.

    >>> one_each = Ranking.of([1, 4])
    >>> one_each.hit(k=3).tolist(), one_each.reciprocal_rank(k=10).tolist()
    ([1.0, 0.0], [1.0, 0.25])
    >>> Ranking(np.array([1, 3, 2]), np.array([0, 0, 1])).recall(k=2).tolist()
    [0.5, 1.0]
    """

    rank_R: NDArray[np.int64]
    query_R: NDArray[np.int64]

    @classmethod
    def of(cls, rank_Q: ArrayLike) -> "Ranking":
        """Take the rank of the one relevant candidate of each query."""
        array_Q = np.asarray(rank_Q, np.int64)
        return cls(array_Q, np.arange(len(array_Q)))

    def __post_init__(self) -> None:
        if not len(self.rank_R) or self.rank_R.min() < 1 or not self._num_relevant.all():
            raise DataError("Ranks count from 1 on, and every query needs one. Check the ranks.")

    def hit(self, *, k: int) -> FloatArray:
        """Say whether any relevant candidate is among the first ``k``: 1 or 0."""
        return np.minimum(self._num_found(k), 1.0)

    def recall(self, *, k: int) -> FloatArray:
        """Return the share of the relevant candidates that are among the first ``k``."""
        return self._num_found(k) / self._num_relevant

    def precision(self, *, k: int) -> FloatArray:
        """Return the share of the first ``k`` that are relevant."""
        return self._num_found(k) / k

    def f1(self, *, k: int) -> FloatArray:
        """Return the harmonic mean of precision and recall."""
        # 2PR / (P + R), with P = found / k and R = found / relevant.
        return 2 * self._num_found(k) / (k + self._num_relevant)

    def reciprocal_rank(self, *, k: int) -> FloatArray:
        """Return one over the rank of the first relevant candidate, 0 beyond ``k``."""
        best_Q = np.full(len(self._num_relevant), np.inf)
        np.minimum.at(best_Q, self.query_R, np.where(self.rank_R <= k, self.rank_R, np.inf))
        reciprocal_Q: FloatArray = 1 / best_Q
        return reciprocal_Q

    def ndcg(self, *, k: int) -> FloatArray:
        """Return what the relevant among the first ``k`` gain, of the most that they could.

        A candidate gains 1 / log2(rank + 1).
        """
        gain_R = np.where(self.rank_R <= k, 1 / np.log2(self.rank_R + 1), 0.0)
        ideal = np.cumsum(1 / np.log2(np.arange(k) + 2))
        most_Q = ideal[np.minimum(self._num_relevant, k) - 1]
        gained_Q: FloatArray = self._sum(gain_R) / most_Q
        return gained_Q

    def average_precision(self, *, k: int) -> FloatArray:
        """Return the mean, over all relevant candidates, of the precision where each is found.

        One beyond ``k`` counts as 0. The mean of this over queries is MAP at k.
        """
        order = np.lexsort((self.rank_R, self.query_R))
        first_Q = np.concatenate([[0], np.cumsum(self._num_relevant)[:-1]])
        place_R = np.empty(len(order))
        place_R[order] = np.arange(len(order)) - first_Q[self.query_R[order]] + 1
        found_R = np.where(self.rank_R <= k, place_R / self.rank_R, 0.0)
        return self._sum(found_R) / self._num_relevant

    @property
    def _num_relevant(self) -> NDArray[np.int64]:
        return np.bincount(self.query_R)

    def _num_found(self, k: int) -> FloatArray:
        return self._sum(self.rank_R <= k)

    def _sum(self, value_R: ArrayLike) -> FloatArray:
        return np.bincount(self.query_R, np.asarray(value_R, np.float64)).astype(np.float64)

"""The k best of many scores, row by row, without sorting or partitioning them all.

The items are split into groups, and the k-th largest of the groups' maxima is a bound: at least k
scores reach it, so all of the k best do, and hardly any other does. Maxima over contiguous memory
and comparisons with a bound are what processors do fastest: nine thousand items take a tenth of the
time of ``np.argpartition``. What reaches the bound is sorted by score and, among equals, by number,
so that the same scores give the same list, whatever the rows beside them. In a row with many equal
scores many reach the bound; it is reduced to its ``k`` best first, so that memory does not depend
on the scores.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import SettingError

NOTHING = -1
# The most items of a group.
GROUP_SIZE = 64
# Up to this many times k items of a row are sorted as they are; more are reduced to k first.
MOST_SORTED = 8


def top_k(
    score_BV: NDArray[np.floating[Any]], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the numbers and scores of the ``k`` best items of each row, (B, k), best first.

    Of equal scores the item with the lower number comes first. What scores minus infinity, or is
    not a number, is never among them: where fewer than ``k`` are left, the number is -1. Raises
    ``SettingError`` for a ``k`` below 1.

    >>> numbers, scores = top_k(np.array([[1, 3, 2, 3], [0, -np.inf, -np.inf, 5]], np.float32), 3)
    >>> numbers.tolist()
    [[1, 3, 2], [3, 0, -1]]
    """
    if k < 1:
        raise SettingError(f"k is {k}; it must be 1 or more.")
    # What scores minus infinity reaches no bound that is a number.
    bound_B = np.maximum(bounds(score_BV, k), np.finfo(score_BV.dtype).min)
    reaching = [_reaching(*each, k) for each in zip(score_BV, bound_B, strict=True)]
    row_N = np.repeat(np.arange(len(reaching)), [len(number_R) for number_R in reaching])
    number_N = np.concatenate([np.zeros(0, np.int64), *reaching])
    score_N = score_BV[row_N, number_N]
    # By row, then by score, then by number: the last key is the first to sort by.
    order_N = np.lexsort((number_N, -score_N, row_N))
    first_B = np.searchsorted(row_N, np.arange(len(score_BV)))
    place_N = np.arange(len(row_N)) - first_B[row_N]
    is_kept_N = place_N < k
    kept_N, row_N, place_N = order_N[is_kept_N], row_N[is_kept_N], place_N[is_kept_N]
    numbers = np.full((len(score_BV), k), NOTHING, np.int64)
    scores = np.full((len(score_BV), k), -np.inf, np.float32)
    # The sort keeps the rows where they are, so places are those of the sorted.
    numbers[row_N, place_N] = number_N[kept_N]
    scores[row_N, place_N] = score_N[kept_N]
    return numbers, scores


def bounds(score_BV: NDArray[np.floating[Any]], k: int) -> NDArray[np.floating[Any]]:
    """Return a score a row that at least ``k`` of its numbers reach, near the k-th best.

    >>> bounds(np.array([[5, 1, 4, 2]], np.float32), 4).tolist()
    [-inf]
    """
    num_items = score_BV.shape[1]
    group_size = min(GROUP_SIZE, num_items // (4 * k))
    if group_size < 2:
        return np.full(len(score_BV), -np.inf, score_BV.dtype)
    num_groups = num_items // group_size
    # The few items behind the last round can only raise the k-th best, never lower the bound.
    groups = score_BV[:, : num_groups * group_size].reshape(len(score_BV), group_size, num_groups)
    # A group without a number must not pass for the best of all.
    best = np.fmax.reduce(groups, axis=1, initial=-np.inf)
    return np.asarray(np.partition(best, num_groups - k, axis=1)[:, num_groups - k])


def _reaching(
    score_V: NDArray[np.floating[Any]], bound: np.floating[Any], k: int
) -> NDArray[np.int64]:
    """Return the numbers in a row that reach a bound, or, of too many of them, the ``k`` best."""
    (number_R,) = (score_V >= bound).nonzero()
    return number_R if len(number_R) <= MOST_SORTED * k else _best(score_V, k).nonzero()[0]


def _best(score_V: NDArray[np.floating[Any]], k: int) -> NDArray[np.bool_]:
    """Mark the ``k`` best items of a row that has more above minus infinity."""
    score_V = np.fmax(score_V, -np.inf)
    last = np.partition(score_V, len(score_V) - k)[len(score_V) - k]
    is_best_V: NDArray[np.bool_] = score_V > last
    equal = np.flatnonzero(score_V == last)
    is_best_V[equal[: k - np.count_nonzero(is_best_V)]] = True
    return is_best_V

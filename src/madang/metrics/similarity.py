"""How well scores follow given ones: the linear correlation and that of the ranks.

Over ``N`` rows. Similarity is measured by the ranks (Spearman), because where a model puts its
zero and how it stretches its scale is of no use to anybody; KLUE reports the linear one (Pearson).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError

FloatArray = NDArray[np.float64]


def pearson(scores: ArrayLike, targets: ArrayLike) -> float:
    """Return the linear correlation of two rows of numbers (N), from -1 to 1.

    Raises ``DataError`` when they differ in length, or where all of one are the same.

    >>> round(pearson([1, 2, 3], [2, 4, 7]), 4)
    0.9934
    """
    return _correlation(*_columns(scores, targets))


def spearman(scores: ArrayLike, targets: ArrayLike) -> float:
    """Return the correlation of the ranks of two rows of numbers (N); equal numbers share a rank.

    Raises ``DataError`` when they differ in length, or where all of one are the same. Source:
    Spearman 1904; with ties, the linear correlation of mean ranks (Kendall 1945).

    >>> spearman([1, 2, 3], [2, 4, 700])
    1.0
    """
    scores_N, targets_N = _columns(scores, targets)
    return _correlation(mean_ranks(scores_N), mean_ranks(targets_N))


def mean_ranks(values: ArrayLike) -> FloatArray:
    """Return the rank of each number (N), from 1 on; equal ones get the mean of those they fill.

    >>> mean_ranks([30, 10, 20, 20]).tolist()
    [4.0, 1.0, 2.5, 2.5]
    """
    _, group_N, size_G = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    rank_G = np.cumsum(size_G) - (size_G - 1) / 2
    return np.asarray(rank_G[group_N], np.float64)


def _columns(scores: ArrayLike, targets: ArrayLike) -> tuple[FloatArray, FloatArray]:
    scores_N = np.asarray(scores, np.float64)
    targets_N = np.asarray(targets, np.float64)
    if scores_N.ndim != 1 or scores_N.shape != targets_N.shape:
        raise DataError(
            f"Scores have the shape {scores_N.shape}, targets {targets_N.shape}; give one of each "
            f"a row."
        )
    if not (np.isfinite(scores_N).all() and np.isfinite(targets_N).all()):
        raise DataError("Scores and targets must be finite numbers; one is not.")
    return scores_N, targets_N


def _correlation(first_N: FloatArray, second_N: FloatArray) -> float:
    if first_N.size < 2 or not np.ptp(first_N) or not np.ptp(second_N):
        raise DataError(
            f"A correlation needs two rows or more that are not all the same, on both sides; "
            f"here are {first_N.size}. Give more."
        )
    # Scaled to 1 first, so that the squares of very small or large numbers are not lost.
    first_N = first_N / np.abs(first_N).max()
    second_N = second_N / np.abs(second_N).max()
    first_N = first_N - first_N.mean()
    second_N = second_N - second_N.mean()
    length = float(np.linalg.norm(first_N) * np.linalg.norm(second_N))
    return float(np.clip(first_N @ second_N / length, -1.0, 1.0))

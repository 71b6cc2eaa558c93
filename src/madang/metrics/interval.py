"""How far a figure would move on another test set of the same size: the bootstrap's interval.

Source: Efron and Tibshirani 1993, chapter 13 (percentile interval).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError, SettingError

TRIES_A_SAMPLE = 10


def bootstrap_interval(
    metric: Callable[..., float],
    *arrays: ArrayLike,
    level: float = 0.95,
    num_samples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the bounds between which ``level`` of the resampled figures lie.

    ``metric`` gets each of ``arrays`` with the same rows drawn, with replacement, along the first
    axis. A draw on which it is not defined (a ``DataError``: no row of one class) is made again.

    Raises ``DataError`` when the arrays differ in rows, are empty, or hardly ever give a figure.

    >>> low, high = bootstrap_interval(lambda hits: hits.mean(), np.arange(100) < 80)
    >>> low < 0.8 < high
    True
    """
    if not 0 < level < 1 or num_samples < 1:
        raise SettingError(
            f"level is {level} and num_samples {num_samples}; allowed are a level between 0 and "
            f"1, and at least one sample."
        )
    columns = [np.asarray(array) for array in arrays]
    num_rows = {len(column) for column in columns}
    if len(num_rows) != 1 or not min(num_rows):
        raise DataError(f"The arrays have {sorted(num_rows)} rows; give the same number, not 0.")
    rng = np.random.default_rng(seed)
    figures: list[float] = []
    for _ in range(num_samples * TRIES_A_SAMPLE):
        chosen = rng.integers(len(columns[0]), size=len(columns[0]))
        try:
            figures.append(metric(*(column[chosen] for column in columns)))
        except DataError:
            continue
        if len(figures) == num_samples:
            low, high = _bounds(np.array(figures), level)
            return float(low), float(high)
    raise DataError(
        f"Only {len(figures)} of {num_samples * TRIES_A_SAMPLE} draws gave a figure. There are "
        f"too few rows of one class for an interval."
    )


def bootstrap_means(
    columns: ArrayLike, *, level: float = 0.95, num_samples: int = 1000, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what ``bootstrap_interval`` gives of the mean of each of ``columns``, (F,) each.

    ``columns`` (F, N) are F values of N rows. The same rows are drawn for all, and a mean needs no
    more than how often each was: several times as fast as to take the drawn rows of each.

    >>> low_F, high_F = bootstrap_means([[0, 1] * 50, [1, 1] * 50])
    >>> bool(low_F[0] < 0.5 < high_F[0]), float(low_F[1]), float(high_F[1])
    (True, 1.0, 1.0)
    """
    columns_FN = np.asarray(columns, np.float64)
    num_rows = columns_FN.shape[1]
    rng = np.random.default_rng(seed)
    means_SF = np.empty((num_samples, len(columns_FN)))
    for sample in range(num_samples):
        drawn_N = np.bincount(rng.integers(num_rows, size=num_rows), minlength=num_rows)
        means_SF[sample] = columns_FN @ drawn_N.astype(np.float64) / num_rows
    low_F, high_F = _bounds(means_SF, level)
    return low_F, high_F


def _bounds(figures: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return the two bounds, (2, …), of the figures of samples, (S, …)."""
    return np.quantile(figures, [(1 - level) / 2, (1 + level) / 2], axis=0)

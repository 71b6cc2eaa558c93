"""A measured value with the interval that says how far another sample would move it."""

import dataclasses
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from madang.metrics.interval import bootstrap_interval, bootstrap_means


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value and the interval that holds it in 95 of 100 samples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def figure(metric: Callable[..., float], *arrays: NDArray[np.generic]) -> Figure:
    """Return what ``metric`` gives of ``arrays``, bootstrapped over their rows (Efron 1979)."""
    low, high = bootstrap_interval(metric, *arrays)
    return Figure(value=float(metric(*arrays)), low=float(low), high=float(high))


def mean_figures(columns: Mapping[str, NDArray[np.float64]]) -> dict[str, Figure]:
    """Return what ``figure`` gives of the mean of each column, all from the same samples of rows.

    Much faster than one by one. The columns have a value a row each, (N,).
    """
    low_F, high_F = bootstrap_means(np.stack(list(columns.values())))
    return {
        name: Figure(value=float(column.mean()), low=float(low), high=float(high))
        for (name, column), low, high in zip(columns.items(), low_F, high_F, strict=True)
    }

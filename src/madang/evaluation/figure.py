"""A measured value with the interval that says how far another sample would move it."""

import dataclasses
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from madang.metrics.interval import bootstrap_interval


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

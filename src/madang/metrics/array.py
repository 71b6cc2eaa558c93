"""The rows a metric is given, checked: as many of each, none missing, labels that are classes."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError


def labels_of(values: ArrayLike, *, num_classes: int | None = None) -> NDArray[np.int64]:
    """Return class indices as integers.

    Raises ``DataError`` when there is none or one is no class.
    """
    array = np.asarray(values)
    if array.ndim != 1 or not array.size:
        raise DataError(f"Labels have the shape {array.shape}; give one class index a row.")
    labels = array.astype(np.int64)
    if (labels != array).any() or labels.min() < 0:
        raise DataError("Labels must be class indices: 0, 1, 2, …")
    if num_classes is not None and labels.max() >= num_classes:
        raise DataError(
            f"There is a label {labels.max()}; with {num_classes} classes the last is "
            f"{num_classes - 1}."
        )
    return labels


def scores_of(values: ArrayLike, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return scores, one a label.

    Raises ``DataError`` when their number differs or one is not a number.
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.shape != labels.shape:
        raise DataError(
            f"Scores have the shape {scores.shape}, labels {labels.shape}; give one of each a row."
        )
    if np.isnan(scores).any():
        raise DataError(f"{np.isnan(scores).sum()} of the scores are not a number.")
    return scores

"""Figures where a row has any number of labels: ranking precision, macro and micro F1.

Over ``N`` rows and ``C`` labels; ``truth`` (N, C) has 1 where a row has a label.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError
from madang.metrics.classification import mean_f1


def label_ranking_precision(scores: ArrayLike, truth: ArrayLike) -> float:
    """Return the mean, over rows and their labels, of the precision down to a label's score.

    It is 1 when every label that a row has scores above all others; equal scores share the worse
    rank. A row with no label, or with all, counts 1: no order of it is wrong. ``scores`` (N, C).
    Source: Schapire and Singer 2000, section 5, under the name of average precision.

    >>> label_ranking_precision([[0.9, 0.2, 0.4]], [[1, 1, 0]])
    0.8333333333333333
    """
    score_NC = np.asarray(scores, np.float64)
    truth_NC = truth_of(truth, score_NC.shape)
    # at_least_NCC[n, i, j]: label j scores no less than label i.
    at_least_NCC = score_NC[:, None, :] >= score_NC[:, :, None]
    rank_NC = at_least_NCC.sum(axis=2)
    true_rank_NC = (at_least_NCC & truth_NC[:, None, :]).sum(axis=2)
    num_true_N = truth_NC.sum(axis=1)
    precision_N = np.where(truth_NC, true_rank_NC / rank_NC, 0.0).sum(axis=1)
    return float(np.where(num_true_N > 0, precision_N / np.maximum(num_true_N, 1), 1.0).mean())


def label_macro_f1(predictions: ArrayLike, truth: ArrayLike) -> float:
    """Return the mean F1 of the labels that occur in the truth or the predictions, (N, C).

    >>> label_macro_f1([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    0.8333333333333333
    """
    return mean_f1(*_counts(predictions, truth))


def label_micro_f1(predictions: ArrayLike, truth: ArrayLike) -> float:
    """Return the F1 of all rows' labels counted together, (N, C).

    >>> label_micro_f1([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    0.8
    """
    return mean_f1(*(count_C.sum(keepdims=True) for count_C in _counts(predictions, truth)))


def truth_of(values: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which row has which label; refuse another shape and what is neither 0 nor 1."""
    array = np.asarray(values)
    if array.shape != shape or len(shape) != 2 or not array.size:
        raise DataError(
            f"Labels have the shape {array.shape}, scores {shape}; give one of each a row and "
            f"label, and at least one row."
        )
    if array.dtype != np.bool_ and not ((array == 0) | (array == 1)).all():
        raise DataError("Whether a row has a label must be 0 or 1.")
    return array.astype(np.bool_)


def _counts(
    predictions: ArrayLike, truth: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, of each label, how often it was rightly given, and given plus true, (C,) each."""
    truth_NC = truth_of(truth, np.asarray(predictions).shape)
    predicted_NC = truth_of(predictions, truth_NC.shape)
    hits_C: NDArray[np.int64] = (predicted_NC & truth_NC).sum(axis=0)
    total_C: NDArray[np.int64] = predicted_NC.sum(axis=0) + truth_NC.sum(axis=0)
    return hits_C, total_C

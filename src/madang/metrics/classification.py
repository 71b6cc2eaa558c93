"""Figures of a classifier: accuracy, macro F1, area under the ROC curve, confusion.

Over ``N`` rows and ``C`` classes; a label is a class index, and of two classes 1 is the positive.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError
from madang.metrics.array import labels_of, scores_of
from madang.metrics.similarity import mean_ranks


def accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of rows (N) whose prediction is the label.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    predicted_N, true_N = _pair(predictions, labels)
    return float((predicted_N == true_N).mean())


def confusion(
    predictions: ArrayLike, labels: ArrayLike, *, num_classes: int | None = None
) -> NDArray[np.int64]:
    """Count the rows by true class (first axis) and predicted class (second): shape (C, C).

    >>> confusion([0, 1, 1, 0], [0, 1, 0, 0]).tolist()
    [[2, 1], [0, 1]]
    """
    predicted_N, true_N = _pair(predictions, labels, num_classes)
    size = num_classes or int(max(predicted_N.max(), true_N.max())) + 1
    counts = np.bincount(true_N * size + predicted_N, minlength=size * size)
    return counts.reshape(size, size)


def macro_f1(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Return the mean F1 over the classes that occur among the labels or the predictions.

    >>> round(macro_f1([0, 1, 1, 0], [0, 1, 0, 0]), 4)
    0.7333
    """
    counts_CC = confusion(predictions, labels)
    hits_C = counts_CC.diagonal()
    return mean_f1(hits_C, counts_CC.sum(axis=0) + counts_CC.sum(axis=1))


def mean_f1(hits_C: ArrayLike, total_C: ArrayLike) -> float:
    """Return the mean F1 of the classes that were given or true at all.

    ``hits_C`` (C,) is how often each was rightly given, ``total_C`` (C,) how often it was given
    plus how often it was true. Raises ``DataError`` where none occurs.

    >>> mean_f1([1, 1, 0], [2, 3, 0])
    0.8333333333333333
    """
    hits, total = np.asarray(hits_C), np.asarray(total_C)
    if not total.any():
        raise DataError(
            "No label was given and none is true: there is nothing to measure. Give at least one."
        )
    return float((2 * hits[total > 0] / total[total > 0]).mean())


def false_positive_rate(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of the rows of class 0 that are predicted to be of class 1.

    Times 1,000 it is the false alarms in a thousand honest posts.

    >>> false_positive_rate([0, 1, 1, 0], [0, 1, 0, 0])
    0.3333333333333333
    """
    counts_CC = confusion(predictions, labels, num_classes=2)
    _check_occurs(counts_CC.sum(axis=1)[0], 0)
    return float(counts_CC[0, 1] / counts_CC[0].sum())


def roc_auc(scores: ArrayLike, labels: ArrayLike) -> float:
    """Return the chance that a row of class 1 scores above one of class 0; a tie counts half.

    ``scores`` (N) need no scale. Raises ``DataError`` when one of the two classes is missing.
    Source: Hanley and McNeil 1982, by ranks (Mann and Whitney 1947).

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    true_N = labels_of(labels, num_classes=2)
    scores_N = scores_of(scores, true_N)
    num_positive = int(true_N.sum())
    num_negative = true_N.size - num_positive
    _check_occurs(num_positive, 1)
    _check_occurs(num_negative, 0)
    # Rows of one score share the mean of the ranks they fill.
    rank_sum = mean_ranks(scores_N)[true_N == 1].sum()
    return float((rank_sum - num_positive * (num_positive + 1) / 2) / num_positive / num_negative)


def _pair(
    predictions: ArrayLike, labels: ArrayLike, num_classes: int | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    true_N = labels_of(labels, num_classes=num_classes)
    predicted_N = labels_of(predictions, num_classes=num_classes)
    if predicted_N.shape != true_N.shape:
        raise DataError(
            f"There are {predicted_N.size} predictions for {true_N.size} labels; give one each."
        )
    return predicted_N, true_N


def _check_occurs(num_rows: int, label: int) -> None:
    if not num_rows:
        raise DataError(f"No row has the label {label}: the figure needs rows of both classes.")

"""Whether a probability of 0.8 comes true eight times in ten, and how to make it so.

Over ``N`` rows of two classes; a probability is that of class 1. Source of the error: Naeini 2015,
section 2, Guo 2017, section 2; of the fit: Platt 1999, section 2.2, solved as in Lin, Lin and
Weng 2007.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.decoding.probability import sigmoid
from madang.errors import DataError
from madang.metrics.array import labels_of, scores_of

NUM_STEPS = 100
SMALLEST_STEP = 1e-10
RIDGE = 1e-12  # keeps the Newton step defined where all scores are the same


def expected_calibration_error(
    probabilities: ArrayLike, labels: ArrayLike, num_bins: int = 15
) -> float:
    """Return the mean distance between probability and what came true, over equally wide bins.

    >>> round(expected_calibration_error([0.1, 0.1, 0.9, 0.9], [0, 1, 1, 1], num_bins=2), 4)
    0.25
    """
    true_N = labels_of(labels, num_classes=2)
    probability_N = scores_of(probabilities, true_N)
    if probability_N.min() < 0 or probability_N.max() > 1:
        raise DataError("Probabilities must lie between 0 and 1; scores need `calibrate` first.")
    bin_N = np.minimum((probability_N * num_bins).astype(np.int64), num_bins - 1)
    # A bin's mean distance times its rows is the distance of the sums: no bin is divided by 0.
    distance_K = np.abs(np.bincount(bin_N, weights=probability_N - true_N))
    return float(distance_K.sum() / len(true_N))


def calibrate(scores: ArrayLike, scale: float, offset: float) -> NDArray[np.float64]:
    """Turn scores (N) into probabilities: ``sigmoid(scale * score + offset)``.

    >>> calibrate([0.0, 1000.0], 2.0, 0.0).tolist()
    [0.5, 1.0]
    """
    return sigmoid(scale * np.asarray(scores, dtype=np.float64) + offset)


def fit_platt(scores: ArrayLike, labels: ArrayLike) -> tuple[float, float]:
    """Return the scale and offset whose ``calibrate`` fits the labels best.

    The targets are drawn a little towards the middle, as much as one more row of each class
    would, so that scores which separate the classes do not ask for an infinite scale. Use rows
    that the model was not trained on. Raises ``DataError`` when one of the two classes is missing.
    """
    (scale,), offset = fit_stack([scores], labels)
    return float(scale), offset


def fit_stack(columns: Sequence[ArrayLike], labels: ArrayLike) -> tuple[NDArray[np.float64], float]:
    """Return the scales (K) of several scores of the same rows, and the offset, as ``fit_platt``.

    ``columns`` are K times N scores; their sum, each by its scale, and the offset are the log-odds
    that fit the labels best (Wolpert 1992).
    """
    true_N = labels_of(labels, num_classes=2)
    score_NK = np.stack([scores_of(column, true_N) for column in columns], axis=1)
    num_positive = int(true_N.sum())
    num_negative = true_N.size - num_positive
    if not num_positive or not num_negative:
        raise DataError("Calibration needs rows of both classes; all have one label.")
    target_N = np.where(
        true_N == 1, (num_positive + 1) / (num_positive + 2), 1 / (num_negative + 2)
    )
    # Scores of any size: the fit is made on scores of mean 0 and deviation 1.
    middle_K, width_K = score_NK.mean(axis=0), score_NK.std(axis=0)
    width_K[width_K == 0] = 1.0
    input_NK = np.column_stack([(score_NK - middle_K) / width_K, np.ones(len(score_NK))])
    weight_K = _minimize(input_NK, target_N)
    scale_K = weight_K[:-1] / width_K
    return scale_K, float(weight_K[-1] - scale_K @ middle_K)


def _minimize(input_NK: NDArray[np.float64], target_N: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimise the cross-entropy, which is convex: Newton steps, halved until it falls."""
    weight_K = np.zeros(input_NK.shape[1])
    loss = _cross_entropy(input_NK @ weight_K, target_N)
    for _ in range(NUM_STEPS):
        probability_N = calibrate(input_NK @ weight_K, 1.0, 0.0)
        gradient_K = input_NK.T @ (probability_N - target_N)
        curvature_KK = (input_NK.T * (probability_N * (1 - probability_N))) @ input_NK
        direction_K = np.linalg.solve(curvature_KK + RIDGE * np.eye(len(weight_K)), gradient_K)
        step = 1.0
        while step > SMALLEST_STEP:
            candidate_K = weight_K - step * direction_K
            candidate_loss = _cross_entropy(input_NK @ candidate_K, target_N)
            if candidate_loss < loss:
                break
            step /= 2
        else:
            return weight_K
        weight_K, loss = candidate_K, candidate_loss
    return weight_K


def _cross_entropy(logit_N: NDArray[np.float64], target_N: NDArray[np.float64]) -> float:
    return float((np.logaddexp(0, logit_N) - target_N * logit_N).sum())

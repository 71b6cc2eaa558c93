"""Calibration: by hand, by law, and against another minimiser."""

import numpy as np
import pytest
import scipy.optimize
import sklearn.linear_model
from hypothesis import given
from hypothesis import strategies as st

from madang.errors import DataError
from madang.metrics.calibration import calibrate, expected_calibration_error, fit_platt


def drawn(num_rows: int, scale: float, offset: float) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose labels come true with exactly the probability that scale and offset give."""
    rng = np.random.default_rng(0)
    scores = rng.normal(scale=3, size=num_rows)
    labels = (rng.random(num_rows) < 1 / (1 + np.exp(-scale * scores - offset))).astype(int)
    return scores, labels


def test_the_error_is_the_weighted_distance_from_the_diagonal() -> None:
    """Bins of a tenth: 0.05 twice (none true), 0.95 three times (two true), 1.0 in the last too."""
    probabilities, labels = [0.05, 0.05, 0.95, 0.95, 0.95, 1.0], [0, 0, 1, 1, 0, 1]
    expected = (2 * 0.05 + 4 * abs((3 * 0.95 + 1.0) / 4 - 3 / 4)) / 6
    assert expected_calibration_error(probabilities, labels, num_bins=10) == pytest.approx(expected)


@pytest.mark.parametrize("num_bins", [1, 7, 15])
def test_the_error_equals_a_plain_loop(num_bins: int) -> None:
    scores, labels = drawn(500, 1.0, 0.0)
    probabilities = calibrate(scores, 2.0, 1.0)
    expected = 0.0
    for index in range(num_bins):
        rows = [
            row
            for row, probability in enumerate(probabilities)
            if min(int(probability * num_bins), num_bins - 1) == index
        ]
        if rows:
            expected += abs(probabilities[rows].sum() - labels[rows].sum())
    error = expected_calibration_error(probabilities, labels, num_bins=num_bins)
    assert error == pytest.approx(expected / 500)


def test_probabilities_that_come_true_have_hardly_an_error() -> None:
    scores, labels = drawn(50_000, 0.7, -0.4)
    assert expected_calibration_error(calibrate(scores, 0.7, -0.4), labels) < 0.01
    assert expected_calibration_error(calibrate(scores, 3.0, 1.0), labels) > 0.1


def test_the_fit_finds_the_scale_and_offset_that_made_the_labels() -> None:
    assert fit_platt(*drawn(50_000, 0.7, -0.4)) == pytest.approx((0.7, -0.4), abs=0.03)


def test_the_fit_is_the_logistic_regression_where_rows_are_many() -> None:
    scores, labels = drawn(20_000, 1.3, 0.5)
    reference = sklearn.linear_model.LogisticRegression(C=1e9, tol=1e-8).fit(
        scores[:, None], labels
    )
    expected = (reference.coef_[0, 0], reference.intercept_[0])
    assert fit_platt(scores, labels) == pytest.approx(expected, abs=2e-3)


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 1)), min_size=2, max_size=12))
def test_the_fit_is_the_lowest_point_another_minimiser_finds(rows: list[tuple[int, int]]) -> None:
    scores, labels = np.array(rows, dtype=float).T
    if len(set(labels)) < 2 or len(set(scores)) < 2:
        return
    positive, negative = labels.sum(), (1 - labels).sum()
    targets = np.where(labels == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(weights: np.ndarray) -> float:
        logits = weights[0] * scores + weights[1]
        return float((np.logaddexp(0, logits) - targets * logits).sum())

    reference = scipy.optimize.minimize(loss, np.zeros(2), method="BFGS")
    assert loss(np.array(fit_platt(scores, labels))) <= reference.fun + 1e-7


def test_scores_that_separate_the_classes_or_are_huge_or_all_the_same_give_finite_answers() -> None:
    for scores in ([-1.0, -2.0, 1.0, 2.0], [-1e9, -2e9, 1e9, 2e9], [3.0, 3.0, 3.0, 3.0]):
        scale, offset = fit_platt(scores, [0, 0, 1, 1])
        assert np.isfinite([scale, offset]).all()
        assert np.isfinite(calibrate(scores, scale, offset)).all()
    assert calibrate([3.0], scale, offset) == pytest.approx(0.5)


def test_calibrating_keeps_the_order_of_the_scores() -> None:
    scores, labels = drawn(300, 1.0, 0.0)
    probabilities = calibrate(scores, *fit_platt(scores, labels))
    assert (np.argsort(probabilities) == np.argsort(scores)).all()


def test_one_class_alone_can_not_be_calibrated() -> None:
    with pytest.raises(DataError, match="both classes"):
        fit_platt([0.1, 0.2], [1, 1])


def test_a_probability_outside_0_and_1_is_refused() -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        expected_calibration_error([0.5, 1.5], [0, 1])

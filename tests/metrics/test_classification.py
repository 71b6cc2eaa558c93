"""Figures of a classifier, against scikit-learn and by counting pairs."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from madang.errors import DataError
from madang.metrics.classification import (
    accuracy,
    confusion,
    false_positive_rate,
    macro_f1,
    roc_auc,
)

CLASSES = arrays.arrays(np.int64, 30, elements=st.integers(0, 4))


@given(CLASSES, CLASSES)
def test_figures_of_classes_equal_the_reference(predicted: np.ndarray, true: np.ndarray) -> None:
    assert accuracy(predicted, true) == pytest.approx(
        sklearn.metrics.accuracy_score(true, predicted)
    )
    assert macro_f1(predicted, true) == pytest.approx(
        sklearn.metrics.f1_score(true, predicted, average="macro", zero_division=0)
    )
    expected = sklearn.metrics.confusion_matrix(true, predicted, labels=range(5))
    assert (confusion(predicted, true, num_classes=5) == expected).all()


@given(
    arrays.arrays(np.int64, 20, elements=st.integers(-3, 3)),
    arrays.arrays(np.int64, 20, elements=st.integers(0, 1)),
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(
    scores: np.ndarray, labels: np.ndarray
) -> None:
    positive, negative = scores[labels == 1], scores[labels == 0]
    if not positive.size or not negative.size:
        with pytest.raises(DataError, match="both classes"):
            roc_auc(scores, labels)
        return
    difference = positive[:, None] - negative[None, :]
    expected = ((difference > 0) + 0.5 * (difference == 0)).mean()
    assert roc_auc(scores, labels) == pytest.approx(expected)
    assert roc_auc(scores, labels) == pytest.approx(sklearn.metrics.roc_auc_score(labels, scores))


def test_the_area_only_knows_the_order_of_the_scores() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=500)
    scores = rng.normal(size=500) + labels
    assert roc_auc(np.exp(scores), labels) == roc_auc(scores, labels)
    assert roc_auc(-scores, labels) == pytest.approx(1 - roc_auc(scores, labels))


def test_false_alarms_are_counted_among_the_honest_only() -> None:
    assert false_positive_rate([1, 0, 0, 0, 1, 1], [0, 0, 0, 0, 1, 1]) == 0.25
    with pytest.raises(DataError, match="label 0"):
        false_positive_rate([1], [1])


@pytest.mark.parametrize(
    ("predictions", "labels", "message"),
    [
        ([], [], "one class index a row"),
        ([0, 1], [0], "2 predictions for 1 labels"),
        ([0, -1], [0, 1], "class indices"),
        ([0.5, 1], [0, 1], "class indices"),
        ([[0], [1]], [0, 1], "shape"),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    predictions: list[int], labels: list[int], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        accuracy(predictions, labels)


def test_a_score_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(DataError, match="not a number"):
        roc_auc([0.1, float("nan")], [0, 1])
    with pytest.raises(DataError, match="label 2"):
        roc_auc([0.1, 0.2], [0, 2])

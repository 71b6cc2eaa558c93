"""Figures of several labels a row equal scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import f1_score, label_ranking_average_precision_score

from madang.errors import DataError
from madang.metrics.multi_label import label_macro_f1, label_micro_f1, label_ranking_precision


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_ranking_precision_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    # Rounded scores tie; some rows have no label and some have all.
    scores = rng.random((200, 6)).round(1)
    truth = rng.random((200, 6)) < rng.random((200, 1))
    truth[0], truth[1] = False, True
    expected = label_ranking_average_precision_score(truth, scores)
    assert label_ranking_precision(scores, truth) == pytest.approx(expected)


def test_f1_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    truth, predicted = rng.random((2, 100, 5)) < 0.3
    assert label_macro_f1(predicted, truth) == pytest.approx(
        f1_score(truth, predicted, average="macro")
    )
    assert label_micro_f1(predicted, truth) == pytest.approx(
        f1_score(truth, predicted, average="micro")
    )


def test_a_label_that_never_occurs_is_left_out_of_the_mean() -> None:
    assert label_macro_f1([[1, 0], [1, 0]], [[1, 0], [1, 0]]) == 1.0


def test_what_can_not_be_measured_is_refused() -> None:
    with pytest.raises(DataError, match="shape"):
        label_ranking_precision([[0.1, 0.2]], [[1]])
    with pytest.raises(DataError, match="0 or 1"):
        label_micro_f1([[1, 0]], [[1, 2]])
    with pytest.raises(DataError, match="at least one"):
        label_micro_f1([[0, 0]], [[0, 0]])

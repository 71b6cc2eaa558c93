"""Ranks equal those of a sort; a ranker that says nothing finds nothing."""

import numpy as np
import pytest

from madang.errors import DataError
from madang.metrics.ranking import ranks, recall_at


def test_ranks_are_places_in_the_sorted_list():
    random = np.random.default_rng(0)
    scores = random.normal(size=(40, 25))
    relevant = random.integers(0, 25, 40)
    found = ranks(scores, relevant)
    for row, target, rank in zip(scores, relevant, found, strict=True):
        assert np.argsort(-row).tolist().index(target) + 1 == rank


def test_equal_scores_are_no_answer():
    assert ranks(np.zeros((2, 5)), [0, 4]).tolist() == [5, 5]


def test_recall_is_counted_by_hand():
    assert recall_at([1, 2, 3, 10, 11], k=1) == pytest.approx(0.2)
    assert recall_at([1, 2, 3, 10, 11], k=10) == pytest.approx(0.8)
    with pytest.raises(DataError, match="no query"):
        recall_at([], k=1)

"""The best few are those of a full sort, however many scores there are."""

import numpy as np
import pytest

from madang.decoding.top import RUN, top


@pytest.mark.parametrize("num_scores", [5, RUN, 3 * RUN, 7 * RUN + 5, 40 * RUN + 1])
@pytest.mark.parametrize("k", [1, 5])
def test_the_best_are_those_of_a_full_sort(num_scores, k):
    scores = np.random.default_rng(num_scores).normal(size=(20, num_scores)).astype(np.float32)
    assert (top(scores, k=k) == np.argsort(-scores, axis=1)[:, :k]).all()


def test_of_equal_scores_as_many_as_asked_for_are_given():
    scores = np.zeros((2, 10 * RUN))
    scores[:, -1] = 1
    found = top(scores, k=4)
    assert found[:, 0].tolist() == [10 * RUN - 1] * 2
    assert [len(set(row)) for row in found.tolist()] == [4, 4]


def test_scores_of_minus_infinity_come_last():
    scores = np.full((1, 5 * RUN), -np.inf)
    scores[0, [3, 200]] = [1.0, 2.0]
    assert top(scores, k=3)[0, :2].tolist() == [200, 3]

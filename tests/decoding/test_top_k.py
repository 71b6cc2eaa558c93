"""The best of many scores, against a plain sort of all."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.decoding.top_k import top_k
from madang.errors import SettingError


def by_sorting(score_BV, k):
    """Return the numbers that a sort of all items by score and number gives."""
    answers = []
    for scores in score_BV.tolist():
        order = sorted(range(len(scores)), key=lambda number: (-scores[number], number))
        best = [number for number in order if scores[number] > -np.inf][:k]
        answers.append(best + [-1] * (k - len(best)))
    return answers


@given(
    seed=st.integers(0, 10_000),
    num_items=st.integers(1, 700),
    k=st.integers(1, 40),
    num_values=st.sampled_from([1, 2, 5, 100_000]),
    share_excluded=st.sampled_from([0.0, 0.3, 0.99, 1.0]),
)
def test_the_best_are_those_of_a_sort(seed, num_items, k, num_values, share_excluded):
    random = np.random.default_rng(seed)
    score_BV = random.integers(0, num_values, (3, num_items)).astype(np.float32)
    score_BV[random.random(score_BV.shape) < share_excluded] = -np.inf
    numbers, scores = top_k(score_BV, k)
    assert numbers.tolist() == by_sorting(score_BV, k)
    for row in range(3):
        found = numbers[row] >= 0
        assert scores[row][found].tolist() == score_BV[row, numbers[row][found]].tolist()
        assert (scores[row][~found] == -np.inf).all()


def test_the_best_of_real_numbers_are_those_of_a_sort():
    score_BV = np.random.default_rng(0).standard_normal((20, 3000)).astype(np.float32)
    assert top_k(score_BV, 10)[0].tolist() == by_sorting(score_BV, 10)


def test_a_row_has_the_same_answer_whatever_stands_beside_it():
    score_BV = np.random.default_rng(0).integers(0, 9, (32, 500)).astype(np.float32)
    together = top_k(score_BV, 7)[0]
    assert [top_k(row[None], 7)[0][0].tolist() for row in score_BV] == together.tolist()


def test_what_is_not_a_number_is_never_recommended():
    score_BV = np.array([[np.nan, 1.0, np.nan, 2.0]], np.float32)
    assert top_k(score_BV, 3)[0].tolist() == [[3, 1, -1]]


def test_a_stretch_without_a_number_does_not_pass_for_the_best():
    score_BV = np.random.default_rng(0).standard_normal((2, 3000)).astype(np.float32)
    score_BV[0, :1000] = np.nan
    found = top_k(score_BV, 5)[0]
    assert found.tolist() == by_sorting(np.where(np.isnan(score_BV), -np.inf, score_BV), 5)


def test_equal_scores_take_no_more_memory_than_others():
    random = np.random.default_rng(0)
    tables = [
        random.standard_normal((50, 8192)).astype(np.float32),
        np.zeros((50, 8192), np.float32),
        random.integers(0, 2, (50, 8192)).astype(np.float32),
    ]
    peaks = []
    for score_BV in tables:
        tracemalloc.start()
        assert top_k(score_BV, 10)[0].tolist() == by_sorting(score_BV, 10)
        top_k(score_BV, 10)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        top_k(score_BV, 10)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
        tracemalloc.stop()
    # A byte or two a score, to mark it; the few that are sorted; a row.
    assert max(peaks) < 3 * tables[0].size


def test_no_row_gives_no_answer():
    assert top_k(np.zeros((0, 5), np.float32), 3)[0].shape == (0, 3)


def test_asking_for_nothing_is_refused():
    with pytest.raises(SettingError, match="k is 0; it must be 1 or more"):
        top_k(np.zeros((1, 5), np.float32), 0)

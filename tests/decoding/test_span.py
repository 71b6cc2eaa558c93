"""The best span, by brute force over every span and trim of every window."""

import itertools
import math

import numpy as np
import pytest

from madang.decoding.span import Scores, find_spans, trim_scores


def scores(random: np.random.Generator, num_tokens: int, num_trims: int = 3) -> Scores:
    return Scores(
        random.normal(size=num_tokens),
        random.normal(size=num_tokens),
        random.normal(size=(num_tokens, num_trims)),
        float(random.normal()),
    )


def weights_by_hand(parts, max_tokens):
    """Return the weight of every span in characters, and of all of them with one null."""
    weights, total = {}, 1.0
    for found, offsets in parts:
        for first, last in itertools.product(range(len(offsets)), repeat=2):
            left, right = offsets[first], offsets[last]
            if not first <= last < first + max_tokens or left[0] == left[1] or right[0] == right[1]:
                continue
            weight = math.exp(found.start_T[first] + found.end_T[last] - found.null)
            total += weight
            kept = found.trim_TC[last][: right[1] - right[0]]
            for trim, logit in enumerate(kept):
                if left[0] < right[1] - trim:
                    span = (left[0], right[1] - trim)
                    share = math.exp(logit) / sum(math.exp(other) for other in kept)
                    weights[span] = weights.get(span, 0.0) + weight * share
    return {span: weight / total for span, weight in weights.items()}


@pytest.mark.parametrize("seed", range(5))
def test_the_best_spans_are_those_of_brute_force(seed: int) -> None:
    random = np.random.default_rng(seed)
    parts = [
        (scores(random, 5), [(0, 2), (2, 2), (3, 4), (4, 7), (8, 9)]),
        (scores(random, 3), [(4, 7), (8, 9), (10, 14)]),
    ]
    expected = weights_by_hand(parts, max_tokens=3)
    found = find_spans(parts, max_tokens=3, num_spans=3)
    best = sorted(expected, key=expected.__getitem__, reverse=True)[:3]
    assert [(span.start, span.end) for span in found] == best
    assert [span.probability for span in found] == pytest.approx([expected[each] for each in best])


def test_windows_are_compared_by_how_far_they_are_above_their_null() -> None:
    sure = Scores(np.array([2.0]), np.array([2.0]), np.zeros((1, 1)), null=0.0)
    doubtful = Scores(np.array([9.0]), np.array([9.0]), np.zeros((1, 1)), null=18.0)
    found = find_spans([(doubtful, [(0, 1)]), (sure, [(5, 6)])])
    assert [(span.start, span.end) for span in found] == [(5, 6), (0, 1)]


def test_where_every_window_says_null_the_probability_is_small() -> None:
    nothing = Scores(np.array([0.0]), np.array([0.0]), np.zeros((1, 1)), null=9.0)
    (span,) = find_spans([(nothing, [(0, 1)])])
    assert span.probability == pytest.approx(math.exp(-9) / (1 + math.exp(-9)))


def test_a_trim_leaves_at_least_one_character_of_a_token() -> None:
    kept = np.exp(trim_scores(np.zeros((3, 4)), np.array([1, 2, 9])))
    assert kept == pytest.approx(np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4]))


def test_where_there_is_no_character_there_is_no_span() -> None:
    empty = Scores(np.zeros(0), np.zeros(0), np.zeros((0, 4)), 0.0)
    bare = Scores(np.zeros(1), np.zeros(1), np.zeros((1, 4)), 0.0)
    assert find_spans([(empty, []), (bare, [(3, 3)])]) == []
    assert find_spans([]) == []

"""Viterbi, marginals and the probability of an entity, against all paths one by one."""

import itertools

import numpy as np
import pytest

from madang.decoding.viterbi import Chain, viterbi

RANDOM = np.random.default_rng(5)
FORBIDDEN = -1e4


def all_paths(emission_TC, transition_CC):
    """Return every path and its score, summed by hand."""
    num_positions, num_tags = emission_TC.shape
    paths = list(itertools.product(range(num_tags), repeat=num_positions))
    scores = []
    for path in paths:
        score, before = 0.0, 0
        for position, tag in enumerate(path):
            score += emission_TC[position, tag] + transition_CC[before, tag]
            before = tag
        scores.append(score)
    return paths, np.array(scores)


def example(num_positions, num_tags=3):
    emission_TC = RANDOM.normal(size=(num_positions, num_tags))
    transition_CC = RANDOM.normal(size=(num_tags, num_tags))
    transition_CC[0, 2] = FORBIDDEN
    return emission_TC, transition_CC


@pytest.mark.parametrize("num_positions", [1, 2, 5])
def test_the_best_path_is_the_best_of_all(num_positions):
    for _ in range(20):
        emission_TC, transition_CC = example(num_positions)
        paths, scores = all_paths(emission_TC, transition_CC)
        (found,) = viterbi(emission_TC[None], transition_CC)
        assert tuple(found) == paths[scores.argmax()]


def test_a_forbidden_transition_is_never_taken():
    for _ in range(50):
        emission_TC, transition_CC = example(6)
        tags = [0, *viterbi(100 * emission_TC[None], transition_CC)[0].tolist()]
        assert (0, 2) not in itertools.pairwise(tags)


def test_padding_and_neighbours_change_no_path():
    lengths = [4, 1, 6, 3]
    emission_BTC = RANDOM.normal(size=(4, 6, 3))
    transition_CC = RANDOM.normal(size=(3, 3))
    together = viterbi(emission_BTC, transition_CC, lengths)
    for row, length, tags in zip(emission_BTC, lengths, together, strict=True):
        (alone,) = viterbi(row[None, :length], transition_CC)
        assert tags.tolist() == alone.tolist()


def test_without_transitions_each_position_answers_for_itself():
    emission_BTC = RANDOM.normal(size=(3, 7, 4))
    found = viterbi(emission_BTC, np.zeros((4, 4)))
    assert np.array_equal(found, emission_BTC.argmax(-1))


def test_no_positions_have_no_tags():
    assert [len(tags) for tags in viterbi(np.zeros((2, 0, 3)), np.zeros((3, 3)))] == [0, 0]


def test_sums_and_marginals_are_those_of_all_paths():
    for num_positions in (1, 2, 5):
        emission_TC, transition_CC = example(num_positions)
        paths, scores = all_paths(emission_TC, transition_CC)
        shares = np.exp(scores) / np.exp(scores).sum()
        chain = Chain(emission_TC, transition_CC)
        assert chain.log_partition == pytest.approx(np.log(np.exp(scores).sum()))
        marginals_TC = chain.forward_TC * chain.backward_TC
        for position in range(num_positions):
            for tag in range(3):
                expected = sum(
                    share
                    for path, share in zip(paths, shares, strict=True)
                    if path[position] == tag
                )
                assert marginals_TC[position, tag] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("start", "tags"), [(0, [1]), (0, [1, 2]), (2, [1, 2, 2]), (3, [1, 2])])
def test_an_entitys_probability_is_the_share_of_the_paths_that_hold_it(start, tags):
    emission_TC, transition_CC = example(5)
    paths, scores = all_paths(emission_TC, transition_CC)
    shares = np.exp(scores) / np.exp(scores).sum()
    stop = start + len(tags)
    expected = sum(
        share
        for path, share in zip(paths, shares, strict=True)
        if list(path[start:stop]) == tags and path[stop : stop + 1] != (2,)
    )
    found = Chain(emission_TC, transition_CC).probability(start, tags, never_next=2)
    assert found == pytest.approx(expected, rel=1e-9)


def test_large_scores_neither_overflow_nor_vanish():
    chain = Chain(np.array([[2e4, 0.0], [0.0, -2e4]]), np.zeros((2, 2)))
    assert chain.log_partition == pytest.approx(2e4)
    assert np.isfinite(chain.forward_TC * chain.backward_TC).all()

"""Runs by brute force, sentences by hand."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from madang.text.overlap import (
    LONGEST_RUN,
    NUM_OVERLAPS,
    NUM_RANKS,
    context_overlap,
    overlap_id,
    sentence_ranks,
    sentence_scores,
    shared_runs,
)

TOKENS = st.lists(st.sampled_from("abcd"), max_size=12)


def holds(tokens: list[str], run: list[str]) -> bool:
    return any(tokens[at : at + len(run)] == run for at in range(len(tokens) - len(run) + 1))


@given(TOKENS, TOKENS)
def test_a_token_bears_the_length_of_its_longest_run(tokens: list[str], others: list[str]) -> None:
    expected = [
        max(
            (
                length
                for length in range(1, LONGEST_RUN + 1)
                for start in range(max(0, at - length + 1), at + 1)
                if start + length <= len(tokens) and holds(others, tokens[start : start + length])
            ),
            default=0,
        )
        for at in range(len(tokens))
    ]
    assert shared_runs(tokens, others) == expected


def test_a_bare_word_start_matches_nothing_by_itself() -> None:
    assert shared_runs(["", "가"], ["", "나"]) == [0, 0]
    assert shared_runs(["", "가"], ["", "가"]) == [2, 2]


def test_every_pair_of_run_and_rank_has_a_number_of_its_own() -> None:
    pairs = itertools.product(range(LONGEST_RUN + 1), range(NUM_RANKS + 1))
    assert sorted(overlap_id(*pair) for pair in pairs) == list(range(1, NUM_OVERLAPS))


def test_a_rare_bigram_says_more_than_one_that_every_sentence_holds() -> None:
    scores = sentence_scores("서울 인구", ["서울 인구.", "서울 산.", "서울 강."])
    assert scores[0] == 1.0
    assert 0 < scores[1] == scores[2] < 0.5


def test_ranks_are_three_and_a_sentence_that_shares_nothing_has_none() -> None:
    assert sentence_ranks([0.2, 0.0, 0.9, 0.4, 0.3]) == [0, 0, 3, 2, 1]
    assert sentence_ranks([]) == []


def test_each_token_gets_the_rank_of_its_sentence() -> None:
    context = "산이 높다. 서울은 크다."
    found = context_overlap(
        "서울?",
        context,
        question_tokens=["서울", "?"],
        context_tokens=["산이", "높다", ".", "서울", "은", "크다", "."],
        offsets=[(0, 2), (3, 5), (5, 6), (7, 9), (9, 10), (11, 13), (13, 14)],
    )
    best = overlap_id(0, NUM_RANKS)
    assert found == [overlap_id(0, 0)] * 3 + [overlap_id(1, NUM_RANKS), best, best, best]

"""Reasons are whole words of the original text, ranked by what their removal does to the mean."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.tasks.reason import find_reasons
from madang.text.word import split_words


def tokens_of(text):
    """One token a character, an empty one for a space, and [CLS] and [SEP] around."""
    spans = [(i, i if character.isspace() else i + 1) for i, character in enumerate(text)]
    return [(0, 0), *spans, (0, 0)]


def margins(text, strong, value=5.0):
    """Return 1 for every token, but ``value`` on the characters of the words in ``strong``."""
    margin_T = np.ones(len(text) + 2)
    for word in strong:
        start = text.index(word)
        margin_T[start + 1 : start + len(word) + 1] = value
    return margin_T


def test_the_strongest_word_comes_first():
    text = "오늘 협찬 받은 화장품 리뷰 입니다"
    margin_T = margins(text, ["협찬"], 9.0)
    margin_T[1 + text.index("리뷰") :][:2] = 7.0
    first, second = find_reasons(text, tokens_of(text), margin_T)
    assert (first.text, second.text) == ("협찬", "리뷰")
    assert first.weight > second.weight > 0


def test_strong_neighbours_become_one_span():
    text = "오늘 제품을 무료로 제공 받아 쓴 글 입니다 그래요"
    (reason,) = find_reasons(text, tokens_of(text), margins(text, ["제품을", "무료로", "제공"]))
    assert reason.text == "제품을 무료로 제공"
    assert text[reason.start : reason.end] == reason.text


def test_a_tag_in_a_chain_is_a_word():
    text = "좋아요#맛집#협찬#일상"
    (reason,) = find_reasons(text, tokens_of(text), margins(text, ["#협찬"]))
    assert reason.text == "#협찬"


def test_what_speaks_evenly_gives_no_reason():
    text = "하나 둘 셋 넷"
    assert find_reasons(text, tokens_of(text), np.ones(len(text) + 2)) == ()


def test_a_text_without_words_gives_no_reason():
    for text in ("", "   ", "\n"):
        assert find_reasons(text, tokens_of(text), np.ones(len(text) + 2)) == ()


def test_the_weight_is_what_removing_the_word_takes_from_the_mean():
    random = np.random.default_rng(0)
    text = "가 나다 라마바 사 아자 차카타파 하"
    for _ in range(50):
        margin_T = random.normal(1, 1, len(text) + 2)
        losses = {}
        for start, end in split_words(text):
            kept_T = np.delete(margin_T, np.arange(start + 1, end + 1))
            share = len(kept_T) / len(margin_T)
            losses[start] = (margin_T.mean() - kept_T.mean()) * share
        first, *_ = find_reasons(text, tokens_of(text), margin_T, max_words=1)
        assert first.start == max(losses, key=losses.get)
        assert first.weight == pytest.approx(losses[first.start])


@given(
    st.text(alphabet="가나 #\t\u200b😀e\u0301", max_size=40),
    st.integers(0, 2**32 - 1),
)
def test_reasons_are_disjoint_whole_words_of_at_most_half_the_text(text, seed):
    margin_T = np.random.default_rng(seed).normal(0, 1, len(text) + 2)
    reasons = find_reasons(text, tokens_of(text), margin_T)
    words = split_words(text)
    starts, ends = {start for start, _ in words}, {end for _, end in words}
    assert len(reasons) <= 5
    assert [reason.weight for reason in reasons] == sorted(r.weight for r in reasons)[::-1]
    for reason in reasons:
        assert reason.start in starts
        assert reason.end in ends
        assert reason.text == text[reason.start : reason.end]
        assert reason.weight > 0
    for one, other in itertools.combinations(reasons, 2):
        assert one.end <= other.start or other.end <= one.start
    covered = sum(any(r.start <= start < r.end for r in reasons) for start, _ in words)
    assert covered <= len(words) / 2

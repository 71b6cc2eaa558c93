"""Reasons are what deleting words takes from a label; only words that say something are shown."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.tasks.reason import FEWEST_PASSES, LONGEST, Occlusion, delete, find_reasons, word_excess
from madang.text.korean.content import content_span
from madang.text.word import split_words

LABELS = {"ad": 1}


class Judge:
    """The log-odds of "ad" are the sum of the weights of the words that a text contains."""

    def __init__(self, weights):
        self.weights = weights
        self.asked = []

    def log_odds(self, text):
        score = sum(weight for word, weight in self.weights.items() if word in text)
        return np.array([-score, score])

    def __call__(self, texts):
        self.asked += texts
        return np.array([self.log_odds(text) for text in texts])


def reasons_of(text, judge, *, labels=LABELS, num_tokens=50, prior_W=None):
    occlusion = Occlusion(text, num_tokens=num_tokens, judge=judge, log_odds_C=judge.log_odds(text))
    return find_reasons(occlusion, labels, prior_W=prior_W)


def test_the_words_that_take_most_are_the_reasons_and_verbs_of_every_text_are_not():
    text = "리퍼 소파 특가 입고, 선착순 예약 받아요. 어느 곳과 다름없습니다. 지금 50% 할인이 있어요"
    judge = Judge({"특가": 2, "선착순": 1, "50%": 1.5, "다름없습니다": 3, "있어요": 3, "받아요": 3})
    found = reasons_of(text, judge)
    assert [reason.text for reason in found] == ["특가", "50%", "선착순"]


def test_the_weight_is_what_the_deletion_takes_from_the_log_odds():
    text = "오늘 협찬을 받은 화장품 리뷰 입니다"
    judge = Judge({"협찬": 2.0, "리뷰": 1.0})
    first, second = reasons_of(text, judge)
    assert (first.text, second.text) == ("협찬", "리뷰")
    for reason in (first, second):
        after = judge.log_odds(delete(text, (reason.start, reason.end)))[1]
        assert reason.weight == pytest.approx(judge.log_odds(text)[1] - after)
        assert text[reason.start : reason.end] == reason.text
        assert reason.label == "ad"


def test_strong_neighbours_become_one_phrase():
    text = "오늘은 제품을 무료로 제공 받은 글을 남기는 아침 산책 그래요 여름"
    (reason,) = reasons_of(text, Judge({"제품": 1.0, "무료": 2.0, "제공": 1.0}))
    assert reason.text == "제품을 무료로 제공"


def test_a_phrase_does_not_reach_over_the_end_of_a_sentence():
    text = "산책 할인. 대출 하늘 바다 구름"
    found = reasons_of(text, Judge({"할인": 1, "대출": 1}))
    assert {reason.text for reason in found} == {"할인", "대출"}


def test_each_label_given_has_reasons_of_its_own():
    text = "멍청한 소리 말고 여자들은 집으로 꺼지라는 사람들"

    class Two(Judge):
        def log_odds(self, text):
            return np.array([3.0 * ("멍청" in text), 2.0 * ("여자" in text), 0.0])

    found = reasons_of(text, Two({}), labels={"insult": 0, "discrimination": 1})
    assert {(reason.label, reason.text) for reason in found} == {
        ("insult", "멍청"),
        ("discrimination", "여자"),
    }


def test_what_takes_nothing_is_no_reason():
    assert reasons_of("하늘 바다 구름 별빛", Judge({})) == ()


@pytest.mark.parametrize("text", ["", "   ", "\n", "할인", "있어요 합니다", "ㅋㅋㅋ !!!"])
def test_a_text_of_no_words_or_one_gives_no_reason(text):
    assert reasons_of(text, Judge({"할인": 1})) == ()


def test_a_tag_in_a_chain_is_a_word():
    (reason,) = reasons_of("좋아요#맛집#협찬#일상", Judge({"협찬": 1.0}))
    assert reason.text == "#협찬"


@pytest.mark.parametrize(("num_tokens", "most"), [(10, 48), (100, 40), (6_000, FEWEST_PASSES)])
def test_a_long_text_is_read_again_less_often(num_tokens, most):
    words = [f"낱말{number}" for number in range(200)]
    judge = Judge(dict.fromkeys(words[:100], 1.0))
    prior_W = np.arange(200)[::-1].astype(float)
    found = reasons_of(" ".join(words), judge, num_tokens=num_tokens, prior_W=prior_W)
    assert 0 < len(judge.asked) <= most
    assert found
    assert len(set(judge.asked)) == len(judge.asked)


def test_where_not_all_words_can_be_tried_the_prior_says_which():
    words = [f"낱말{number}끝" for number in range(100)]
    judge = Judge({"낱말77끝": 1.0})
    prior_W = np.zeros(100)
    prior_W[77] = 1.0
    (reason,) = reasons_of(" ".join(words), judge, num_tokens=1_000, prior_W=prior_W)
    assert reason.text == "낱말77끝"


@given(
    st.lists(
        st.sampled_from(["할인", "특가를", "있어요.", "바다", "ㅋㅋ", "#협찬#광고"]), max_size=14
    ),
    st.integers(0, 2**32 - 1),
)
def test_reasons_are_disjoint_and_at_most_half_of_the_words(parts, seed):
    text = " ".join(parts)
    random = np.random.default_rng(seed)
    judge = Judge(
        {word: random.normal() for word in ("할인", "특가", "있어요", "바다", "협찬", "광고")}
    )
    reasons = reasons_of(text, judge)
    assert len(reasons) <= 5
    assert [reason.weight for reason in reasons] == sorted(r.weight for r in reasons)[::-1]
    for reason in reasons:
        assert reason.text == text[reason.start : reason.end]
        assert reason.text == reason.text.strip(" .")
        assert reason.weight > 0
        assert len(split_words(reason.text)) <= LONGEST
        assert any(content_span(reason.text[a:b]) for a, b in split_words(reason.text))
    for one, other in itertools.combinations(reasons, 2):
        assert one.end <= other.start or other.end <= one.start
    covered = sum(
        any(r.start < end and start < r.end for r in reasons) for start, end in split_words(text)
    )
    assert covered <= len(split_words(text)) / 2


def test_the_excess_is_what_removing_the_word_takes_from_the_mean():
    random = np.random.default_rng(0)
    text = "가 나다 라마바 사 아자 차카타파 하"
    spans = [(i, i if character.isspace() else i + 1) for i, character in enumerate(text)]
    for _ in range(50):
        margin_T = random.normal(1, 1, len(text) + 2)
        excess_W = word_excess(split_words(text), [(0, 0), *spans, (0, 0)], margin_T)
        for (start, end), excess in zip(split_words(text), excess_W, strict=True):
            kept_T = np.delete(margin_T, np.arange(start + 1, end + 1))
            share = len(kept_T) / len(margin_T)
            assert excess == pytest.approx((margin_T.mean() - kept_T.mean()) * share)

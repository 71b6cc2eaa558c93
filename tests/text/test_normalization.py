"""The normaliser changes what hides a word, keeps what means something, and knows where it was."""

import unicodedata

import pytest
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import models, pre_tokenizers

from madang.text.normalization import LONGEST_RUN, build_normalizer

NORMALIZER = build_normalizer()
TRICKY = (
    "가각힣섹스을하ㅋㅠ#*@^|_♡!~-/. \t\n\x00\u200b\u200d\ufeff\u3164"
    "１ＡaA9ﾊé\u0301ᄀ\u1161\u11a8😍🏽שم"
)


def normalized(text: str) -> str:
    return NORMALIZER.normalize_str(text)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("섹#스", "섹스"),
        ("아 섹*스를 봐", "아 섹스를 봐"),
        ("(시^발)", "(시발)"),
        ("시*발*놈", "시발놈"),
        ("섹\u200b#\u200b스", "섹스"),
        (unicodedata.normalize("NFD", "섹#스"), "섹스"),
        ("섹＃스", "섹스"),
    ],
)
def test_a_word_spelled_with_signs_between_its_syllables_is_folded(
    given_text: str, expected: str
) -> None:
    assert normalized(given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "끊겼어욤#무니토",
        "월~금 10~12시",
        "남/여 상·하 3-4",
        "#봄#꽃#산",
        "#맛집#강남#꿀팁",
        "나 집#스타그램",
        "좋아요♡감사해요",
        "오늘^행복",
        "www.example.com",
        "10000원 1111",
        "가 나 ㅋㅋ ㅠㅠ",
        "a@b.c",
    ],
)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert normalized(text) == text


def test_a_run_of_one_sign_is_shortened_but_never_a_number() -> None:
    assert normalized("ㅋㅋㅋㅋㅋㅋㅋ 와!!!!!! 하하하하하 1000000") == "ㅋㅋㅋ 와!!! 하하하 1000000"


def test_what_can_not_be_seen_is_dropped_and_white_space_stays() -> None:
    assert normalized("광\u200b고\x00\ufeff\u202e \u3164문\u00ad의\t끝\n") == "광고 문의\t끝\n"


def test_full_width_letters_become_ascii_and_jamo_stay_whole() -> None:
    assert normalized("ＡＤ！ ㅋㅋ ㄱㅅ ①㎏") == "AD! ㅋㅋ ㄱㅅ ①㎏"


def test_decomposed_korean_equals_composed() -> None:
    text = "한국어 모델을 공유합니다."
    assert normalized(unicodedata.normalize("NFD", text)) == text


@given(st.text() | st.text(alphabet=TRICKY, max_size=30))
def test_normalizing_twice_changes_nothing_more(text: str) -> None:
    once = normalized(text)
    assert normalized(once) == once


@given(st.text(alphabet=TRICKY, max_size=30))
def test_no_run_is_longer_than_allowed(text: str) -> None:
    result = normalized(text)
    for start in range(len(result) - LONGEST_RUN):
        run = result[start : start + LONGEST_RUN + 1]
        assert len(set(run)) > 1 or run[0].isspace() or run[0].isdigit()


@given(st.text(alphabet=TRICKY, max_size=30))
def test_every_character_knows_where_it_came_from(text: str) -> None:
    """A tokenizer of single characters: its spans follow each other and stay within the text."""
    library = tokenizers.Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    library.normalizer = NORMALIZER
    library.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    offsets = library.encode(text).offsets
    assert all(0 <= start <= end <= len(text) for start, end in offsets)
    assert offsets == sorted(offsets)

"""A word is cut down to what it says, and a word that says nothing is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.text.korean.content import content_span

EMPTY = """
있어요 받습니다 다름없습니다 합니다 드려요 같아요 되는데 하시면 그리고 정말 오늘 저는 때문에
ㅋㅋㅋ ㅠㅠ ... !! ♥ 것 수 이 그 감사합니다 않은 없는 있습니다. 있었어요
"""


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("특가를", "특가"),
        ("소파는", "소파"),
        ("입고,", "입고"),
        ("선착순으로", "선착순"),
        ("50%", "50%"),
        ("예약받습니다.", "예약"),
        ("구매하시면", "구매"),
        ("무료배송입니다!", "무료배송"),
        ("고양이가", "고양이"),
        ("고양이", "고양이"),
        ("할인가", "할인가"),
        ("최저가로", "최저가"),
        ("#협찬", "#협찬"),
        ("(이벤트)", "이벤트"),
        ("대출", "대출"),
        ("문의주세요", "문의"),
        ("팝니다", "팝니다"),
        ("kakao에서", "kakao"),
        ("10만원", "10만원"),
        ("좋아요", "좋아요"),
        ("쓰레기네요", "쓰레기네요"),
        ("5", "5"),
    ],
)
def test_a_word_is_cut_down_to_what_it_says(word: str, says: str) -> None:
    span = content_span(word)
    assert span is not None
    assert word[slice(*span)] == says


@pytest.mark.parametrize(
    "word",
    EMPTY.split(),
)
def test_a_word_that_stands_in_every_text_says_nothing(word: str) -> None:
    assert content_span(word) is None


@given(st.text(alphabet="가나은을합니다할인특 a1!%ㅋ", max_size=12))
def test_what_a_word_says_lies_within_it(word: str) -> None:
    span = content_span(word)
    if span is not None:
        assert 0 <= span[0] < span[1] <= len(word)
        assert any(map(str.isalnum, word[slice(*span)]))

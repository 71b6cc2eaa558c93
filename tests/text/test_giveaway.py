"""Hashtags that tell the label are taken out, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.text.giveaway import blank_giveaways, strip_giveaways


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#광고 배우 이지아", "배우 이지아"),
        ("좋아요#광고아님#데일리", "좋아요 #데일리"),
        ("#인스타홍보 #협찬문의 #내돈내산후기 끝", "끝"),
        ("＃협찬 #AD #Sponsored #ads! 가방", "가방"),
        ("가방 # ## #", "가방"),
        ("정말 내돈내산 이에요 내돈내산", "정말 이에요"),
        ("두  칸\n세 줄", "두 칸 세 줄"),
    ],
)
def test_a_telling_tag_is_left_out(text: str, expected: str) -> None:
    assert strip_giveaways(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "문의 주세요",
        "광고를 보고 샀어요",
        "후기 남겨요 #가방추천",
        "#add #adidas #daddy #april #프라다",
        "번호는 1#2",
    ],
)
def test_prose_and_other_tags_stay(text: str) -> None:
    assert strip_giveaways(text) == text


POSTS = st.text(alphabet="광고협찬내돈산#＃ad ! \n가방", max_size=40)


@given(POSTS | st.text())
def test_blanking_moves_no_character_and_takes_out_the_same(text: str) -> None:
    blanked = blank_giveaways(text)
    assert len(blanked) == len(text)
    assert all(after in (before, " ") for before, after in zip(text, blanked, strict=True))
    assert " ".join(blanked.split()) == strip_giveaways(text)


@given(POSTS)
def test_stripping_twice_changes_nothing_more(text: str) -> None:
    once = strip_giveaways(text)
    assert strip_giveaways(once) == once

"""What is done to texts to learn from: the same each time, to every label, and only so much."""

import random
import unicodedata

import pytest

from madang.datasets.augmentation.augmentation import Augmentation, is_ordinary
from madang.datasets.augmentation.disclosure import without_disclosure
from madang.datasets.augmentation.letters import TRICKS, disguise, jamo, swap
from madang.datasets.card import LabelledText, MultiLabelText
from madang.errors import SettingError
from madang.validation import convert

ROWS = [LabelledText(f"오늘 날씨가 참 좋네요. 소액 대출 상담 {n}번", n % 2) for n in range(400)]


def letters(text: str) -> str:
    """Return what a reader reads: letters and digits in any form, signs and spaces aside."""
    plain = (sign if "ㄱ" <= sign <= "ㅣ" else unicodedata.normalize("NFKC", sign) for sign in text)
    apart = "".join(jamo(sign) for sign in plain if sign.isalnum())
    return apart.replace("ㅣ", "")  # it also stands between letters


def test_the_same_row_is_changed_in_the_same_way_whatever_stands_beside_it() -> None:
    made = Augmentation(letters=0.5, chatter=0.0, seed=3)
    whole = made.apply(ROWS)
    assert made.apply(ROWS) == whole
    assert made.apply(ROWS[100:200]) == whole[100:200]
    assert Augmentation(letters=0.5, seed=4).apply(ROWS) != whole
    # A row that an epoch shows twice is drawn twice.
    twice = [made.apply([row, row]) for row in ROWS]
    assert any(first != second for first, second in twice)


def test_nothing_is_done_where_nothing_is_asked_for() -> None:
    assert Augmentation().apply(ROWS) == ROWS


@pytest.mark.parametrize("what", ["letters", "chatter"])
def test_ordinary_texts_are_changed_as_often_as_others_and_keep_their_labels(what: str) -> None:
    changed = Augmentation(**{what: 0.3}).apply(ROWS)
    assert [row.label for row in changed] == [row.label for row in ROWS]
    for label in (0, 1):
        pairs = [(old, new) for old, new in zip(ROWS, changed, strict=True) if old.label == label]
        assert 0.2 < sum(old != new for old, new in pairs) / len(pairs) < 0.4


def test_one_share_changes_nothing_of_what_another_does() -> None:
    one, both = (Augmentation(letters=0.3, chatter=share).apply(ROWS) for share in (0.0, 0.3))
    assert all(new.text.endswith(old.text) for old, new in zip(one, both, strict=True))


def test_chatter_is_of_ordinary_texts_alone_and_stands_before_the_text() -> None:
    rows = [
        LabelledText("점심은 김치찌개였어요. 맛있었다!", 0),
        LabelledText("지금 가입하면 첫 충전 두 배. 바로 문의하세요.", 1),
    ]
    for row in Augmentation(chatter=1.0).apply(rows * 20)[1::2]:
        before = row.text.removesuffix(rows[1].text)
        assert before != row.text
        assert before.strip()
        assert set(before.replace("\n", " ").split()) <= set(rows[0].text.split())


def test_disclosures_are_cut_out_of_half_of_the_advertising_alone() -> None:
    text = "[광고] 새 크림이 왔어요"
    rows = [LabelledText(f"{text} {n}", n % 2) for n in range(400)]
    changed = Augmentation(disclosures=0.5).apply(rows)
    cut = [row.label for row in changed if "광고" not in row.text]
    assert set(cut) == {1}
    assert 80 < len(cut) < 120


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("#광고 #데일리", "#데일리"),
        ("#제품제공 촉촉해요", "촉촉해요"),
        ("유료광고 포함 오늘의 맛집", "오늘의 맛집"),
        ("#ad #adidas 신발", "#adidas 신발"),
        ("(협찬) 가방", "가방"),
        ("촉촉해요. 본 포스팅은 업체로부터 제품을 제공받아 작성했습니다.", "촉촉해요."),
        ("이 포스팅은 쿠팡 파트너스 활동으로 수수료를 제공받습니다.\n싸요", "싸요"),
        # Not said of the post itself.
        ("광고 보고 샀는데 별로네요", "광고 보고 샀는데 별로네요"),
        ("자료를 제공합니다", "자료를 제공합니다"),
    ],
)
def test_what_is_left_of_a_disclosure(text: str, left: str) -> None:
    assert without_disclosure(text) == left


def test_a_text_that_is_nothing_but_a_disclosure_stays() -> None:
    row = LabelledText("[광고]", 1)
    assert Augmentation(disclosures=1.0).apply([row]) == [row]


def test_a_reader_still_reads_the_same_letters() -> None:
    text = "무직자 소액 대출 24시 상담 ABC 카톡"
    for trick in TRICKS:
        if trick is not swap:
            assert letters(trick(text, random.Random(1))) == letters(text)


def test_a_disguise_changes_some_text_by_one_trick_and_no_address() -> None:
    text = "무직자 소액 대출 24시 상담 http://example.org/a1"
    found = [disguise(text, random.Random(seed)) for seed in range(200)]
    assert all(each.endswith("http://example.org/a1") for each in found)
    assert sum(each != text for each in found) > 180
    # Each trick is met, in some of them a part of the words only.
    for sign in ("대 출", "ㄷㅐㅊㅜㄹ", "②④", "２４"):
        assert any(sign in each for each in found)
    assert any("대출" in each for each in found)


def test_a_text_without_letters_stays_as_it_is() -> None:
    assert disguise("", random.Random(0)) == ""
    assert disguise("!", random.Random(0)) in ("!", "！")


def test_ordinary_is_the_first_label_or_none_of_several() -> None:
    assert is_ordinary(LabelledText("가", 0))
    assert not is_ordinary(LabelledText("가", 1))
    assert is_ordinary(MultiLabelText("가", (), unknown=(1,)))
    assert not is_ordinary(MultiLabelText("가", (), any_of=(0, 1)))
    assert not is_ordinary(MultiLabelText("가", (2,)))


def test_a_share_beyond_one_is_refused() -> None:
    with pytest.raises(SettingError, match=r"letters is 1\.5; it must be a number from 0 to 1"):
        convert({"letters": 1.5}, Augmentation)

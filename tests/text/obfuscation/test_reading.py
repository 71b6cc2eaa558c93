"""Hidden letters are read as a person reads them, and ordinary writing is left alone."""

import gzip
import json
import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.text.obfuscation.reading import read_hidden
from madang.text.obfuscation.trick import TRICKS, obfuscate

LETTERS = "가나무직자대출ㄱㅋㅎㅏㅐㅠㅜ rHl1O0.·*-♥ⓐ①㉮Ｂа\u200b\n ABk"
ADVERTISEMENT = "무직자 당일대출 가능합니다 카톡 loan123 문의 010-1234-5678"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("무 직 자 대 출 상담", "무직자대출 상담"),
        ("무 직 자   대 출", "무직자 대출"),
        ("무\n직\n자\n대\n출", "무직자대출"),
        ("무.직.자.대.출", "무직자대출"),
        ("가-입-쿠-폰 증정", "가입쿠폰 증정"),
        ("카★지★노", "카지노"),
        ("로,그,인,문,의", "로그인문의"),
        ("ⓚⓐⓚⓐⓞ 톡", "kakao 톡"),
        ("bⓔt②⑤.com", "bet25.com"),
        ("🅺🅰🅺🅰🅾", "KAKAO"),
        ("𝐛𝐞𝐬𝐭 ＳＡＬＥ", "best SALE"),
        ("㉮입 ㉸톡", "가입 카톡"),
        ("대\u200b출\u2060문\u00ad의", "대출문의"),
        ("ㄷㅐㅊㅜㄹ ㅁㅜㄴㅇㅢ", "대출 문의"),
        ("ㄷㅐ출 문ㅇㅢ", "대출 문의"),
        ("ㄷH출 ㅋr톡 도ㅂl", "대출 카톡 도비"),
        ("kаkао", "kakao"),
        ("O1O-12O4-5678", "010-1204-5678"),
    ],
)
def test_what_is_hidden_is_read(written: str, read: str) -> None:
    assert read_hidden(written).text == read


@pytest.mark.parametrize(
    "text",
    [
        "ㅋㅋㅋ ㅋㅋㅠㅠ ㅎㅎㅜ ㅇㅇ ㄱㄱ ㅡㅡ ㅡㅋㅡ",
        "ㅋㅋㅋ1점도 아깝다 ㅋ1ㅋ1ㅋ1",
        "A B C 1 2 3 O X",
        "할 수 있 다고 그 한 마디",
        "나 는 너 를 봐",
        "한·미·일 월·화·수 국/영/수 상·하·좌·우 의,식,주",
        "월 화 수 목 금 토 일",
        "① 첫째 ② 둘째 ⑴ 셋째 ㉮ 가격",
        "ⓒ연합뉴스 3㎏ 10㎡ ㈜마당 5½",
        "👨‍👩‍👧 ❤️ 1️⃣ 🅰 🇰🇷",
        "Привет, как дела? Αθήνα",
        "2024-10-05 3.5.1 OOO님 lol",
        "서울.부산 www.example.com a.b.c",
        "아 그 건 좀 더 참 자",
    ],
)
def test_ordinary_writing_is_left_alone(text: str) -> None:
    assert read_hidden(text).text == text
    assert read_hidden(text).spans is None


@given(st.text(alphabet=LETTERS, max_size=30))
def test_each_letter_read_has_its_place_in_what_was_written(text: str) -> None:
    reading = read_hidden(text)

    spans = [reading.place(at, at + 1) for at in range(len(reading.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert spans == sorted(spans)
    for letter, (start, end) in zip(reading.text, spans, strict=True):
        assert letter == text[start] or end - start > 1 or text[start] in "ⓐ①㉮Ｂа O"
    assert reading.place(0, len(reading.text))[1] <= len(text)


def test_a_span_covers_the_signs_within_it() -> None:
    text = "급전 무.직.자.대.출 문의"
    reading = read_hidden(text)

    start = reading.text.index("무직자대출")
    assert text[slice(*reading.place(start, start + 5))] == "무.직.자.대.출"


@pytest.mark.parametrize("trick", ["circled", "full_width", "jamo", "lookalikes", "zero_width"])
def test_what_a_trick_hides_is_found_again(trick: str) -> None:
    written = obfuscate(ADVERTISEMENT, trick)

    assert written != ADVERTISEMENT
    # A squared letter has no case.
    assert read_hidden(written).text.upper().split() == ADVERTISEMENT.upper().split()


@pytest.mark.parametrize("seed", range(6))
def test_spaced_letters_are_found_again(seed: int) -> None:
    text = "무직자당일대출 신용불량자가능"
    written = obfuscate(text, "spaced", seed=seed)

    assert "무직자" not in written
    assert "".join(read_hidden(written).text.split()) == "".join(text.split())


@pytest.mark.parametrize("trick", TRICKS)
def test_a_trick_is_the_same_each_time(trick: str) -> None:
    assert obfuscate(ADVERTISEMENT, trick, seed=1) == obfuscate(ADVERTISEMENT, trick, seed=1)
    assert obfuscate(ADVERTISEMENT, trick, seed=1) != ADVERTISEMENT


@pytest.mark.parametrize("trick", ["chat_before", "chat_behind", "lines"])
def test_chatting_and_lines_hide_no_letter(trick: str) -> None:
    written = obfuscate(ADVERTISEMENT, trick)

    assert "".join(ADVERTISEMENT.split()) in "".join(written.split())


def test_reading_takes_time_in_proportion_to_the_text() -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        read_hidden(text)
        return time.perf_counter() - start

    for part in ("가.", "가 ", "ㄱㅏ", "ⓐ", "ㅋr", "а", "O1", "가\u200b", "ㅋ"):
        seconds(part)
        assert seconds(part * 50_000) < 5, part


@pytest.mark.skipif("MADANG_DATA" not in os.environ, reason="needs real comments")
def test_of_real_comments_hardly_one_in_four_hundred_is_changed() -> None:
    path = Path(os.environ["MADANG_DATA"]) / "community_unlabelled" / "texts.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    chosen = random.Random(0).sample(texts, 4_000)

    changed = [text for text in chosen if read_hidden(text).spans is not None]
    assert len(changed) / len(chosen) < 1 / 400

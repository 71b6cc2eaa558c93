"""What is left of raw lines."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.corpus.cleaning import LANGUAGES, clean, find_scripts
from madang.errors import SettingError


def test_decomposed_letters_are_composed() -> None:
    assert clean(unicodedata.normalize("NFD", "한국어 문장이다.")) == "한국어 문장이다."


@pytest.mark.parametrize(
    ("raw", "left"),
    [
        ("카를로(, 1428년 ~ )는 성직자다", "카를로(1428년 ~ )는 성직자다"),
        ("체첸 공화국(, , )은 나라다", "체첸 공화국은 나라다"),
        ("<br/>좋아요&nbsp;정말", "좋아요정말"),
        ("보러 오세요 https://example.com/a?b=1 꼭이요", "보러 오세요 꼭이요"),
        ("값이 1 < 2 이고 3 > 2 이다", "값이 1 < 2 이고 3 > 2 이다"),
    ],
)
def test_marks_of_the_sources_are_taken_out(raw: str, left: str) -> None:
    assert clean(raw) == left


@pytest.mark.parametrize(
    "line", ["", "   ", "Hello, world", "日本語の文章です", "12.5 % | 3", "가"]
)
def test_lines_that_are_hardly_korean_are_left_out(line: str) -> None:
    assert not LANGUAGES["ko"].writes(line)
    assert clean(f"첫 줄이다\n{line}\n끝 줄이다") == "첫 줄이다\n끝 줄이다"


@given(st.text(alphabet="가나다라 abc<>(),.\n\t&;/:https", max_size=80))
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    once = clean(text)
    # Taking markup out may join what stood around it into new markup; a second time ends it soon.
    assert len(clean(once)) <= len(once)
    assert all(LANGUAGES["ko"].writes(line) for line in once.split("\n") if once)


def test_languages_are_a_setting() -> None:
    text = "첫 줄이다\nA line of English\n日本語の文章です"
    assert clean(text, find_scripts(["en"])) == "A line of English"
    assert clean(text, find_scripts(["ko", "en"])) == "첫 줄이다\nA line of English"
    for wrong in (["xx"], []):
        with pytest.raises(SettingError, match="give some of 'ko', 'en'"):
            find_scripts(wrong)

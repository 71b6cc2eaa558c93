"""Texts are composed as Unicode says, but for marks that no language writes."""

import re
import sys
import unicodedata
from itertools import groupby

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from madang.text import composition
from madang.text.composition import (
    LONGEST_RUN,
    MOST_PARTS,
    break_runs,
    compose,
    is_composed,
    is_stream_safe,
)

MARKS = "\u0300\u0315\u0345\u0344\u3099\uff9e\uff9f\u0f73\u0591\u0e38\u05b0\U0001d165"
LETTERS = st.sampled_from([*MARKS, *MARKS, *MARKS, "é", "가", "a", "\u1100", "\u1161", "ﷺ", "½"])


def runs(text: str) -> list[int]:
    """Count the marks of each run, as UAX #15 does: after decomposition."""
    decomposed = unicodedata.normalize("NFKD", text)
    groups = groupby(decomposed, key=lambda letter: unicodedata.combining(letter) > 0)
    return [len(list(group)) for is_mark, group in groups if is_mark]


@given(st.lists(LETTERS, max_size=120).map("".join))
@example("ǖ" + "\u0344" * 14)
@example("가" + "\uff9e" * 31)
def test_no_run_stays_longer_than_thirty_marks(text: str) -> None:
    assert max(runs(break_runs(text)), default=0) <= LONGEST_RUN


@given(st.lists(LETTERS, max_size=120).map("".join))
@example("x" + "\u0315\u0300" * 15)
@example("ǖ" + "\u0344" * 13 + "\u0315")
def test_a_text_whose_runs_are_short_is_composed_as_unicode_says(text: str) -> None:
    is_short = max(runs(text), default=0) <= LONGEST_RUN
    assert is_stream_safe(text) == is_short
    if is_short:
        assert compose(text) == unicodedata.normalize("NFC", text)
        assert compose(text, "NFKC") == unicodedata.normalize("NFKC", text)
        assert is_composed(text) == unicodedata.is_normalized("NFC", text)


@given(st.lists(LETTERS, max_size=120).map("".join))
def test_composing_twice_changes_nothing(text: str) -> None:
    assert compose(compose(text)) == compose(text)
    assert compose(compose(text, "NFKC"), "NFKC") == compose(text, "NFKC")


def test_the_first_thirty_marks_of_a_run_stay() -> None:
    text = "가" + "\u0315" * 20 + "\u0300" * 20 + "나" + "\u0300" * 3
    assert break_runs(text) == "가" + "\u0315" * 20 + "\u0300" * 10 + "나" + "\u0300" * 3


def test_letters_that_are_passed_over_quickly_are_no_marks() -> None:
    plain = re.compile(f"[{composition._PLAIN}]")
    for code in range(sys.maxunicode + 1):
        classes = [*map(unicodedata.combining, unicodedata.normalize("NFKD", chr(code)))]
        if all(classes):
            assert not plain.match(chr(code)), hex(code)
            assert len(classes) <= 2, hex(code)
        else:
            assert classes[0] == 0, hex(code)
            assert 0 in classes[-4:], hex(code)  # ends in three at most


def test_no_letter_is_composed_of_more_parts_than_said() -> None:
    letters = map(chr, range(sys.maxunicode + 1))
    composed = (each for each in letters if unicodedata.is_normalized("NFC", each))
    assert max(len(unicodedata.normalize("NFD", each)) for each in composed) == MOST_PARTS


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
def test_marks_of_other_classes_in_turn_are_put_into_their_order(form: str) -> None:
    text = "가" + "\u0315\u0300" * 15
    expected = "가" + "\u0300" * 15 + "\u0315" * 15
    assert compose(text, form) == expected  # type: ignore[arg-type]

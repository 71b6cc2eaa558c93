"""KorQuAD's figures, by hand from their definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.metrics.answer import character_f1, exact_match, normalize_answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("‘더 월’", "더 월"),
        ("《더  월》\t(1979)", "더 월 1979"),
        # A quotation mark parts two words; a comma or a full stop joins them.
        ("a'b", "a b"),
        ("1,200.5", "12005"),
        ("BTS!", "bts"),
        # Only ASCII punctuation is taken out.
        ("가·나、다", "가·나、다"),
        ("...", ""),
    ],
)
def test_signs_case_and_spaces_are_not_compared(answer: str, expected: str) -> None:
    assert normalize_answer(answer) == expected


def test_a_particle_costs_equality_and_little_of_f1() -> None:
    # 5 characters shared, 6 given, 5 wanted: precision 5/6, recall 1.
    assert not exact_match("1839년에", "1839년")
    assert character_f1("1839년에", "1839년") == pytest.approx(2 * (5 / 6) / (5 / 6 + 1))


def test_characters_count_as_often_as_they_occur_and_in_any_order() -> None:
    assert character_f1("나가", "가나") == 1.0
    assert character_f1("가가", "가") == pytest.approx(2 / 3)


def test_nothing_shared_is_nothing_even_where_nothing_is_left() -> None:
    assert character_f1("서울", "부산") == character_f1("", "부산") == character_f1("!", "?") == 0.0


@given(st.text(), st.text())
def test_f1_is_symmetric_and_full_where_the_answers_are_the_same(left: str, right: str) -> None:
    assert character_f1(left, right) == character_f1(right, left)
    assert 0.0 <= character_f1(left, right) <= 1.0
    if exact_match(left, right) and normalize_answer(left):
        assert character_f1(left, right) == 1.0

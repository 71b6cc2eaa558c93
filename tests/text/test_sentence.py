"""Sentences are found where they stand, and nothing but white space is between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang.text.sentence import PROSE, REVIEW, sentence_spans, split_sentences

TEXTS = st.text(alphabet='가나다.!? \n"”)3a', max_size=60)


@given(TEXTS | st.text(max_size=60))
def test_sentences_hold_all_but_white_space_in_order(text: str) -> None:
    spans = sentence_spans(text)
    left_over = list(text)
    for start, end in spans:
        assert text[start:end].strip() == text[start:end] != ""
        left_over[start:end] = " " * (end - start)
    assert not "".join(left_over).strip()
    assert spans == sorted(spans)


def test_numbers_addresses_and_initials_end_no_sentence() -> None:
    text = 'J. 스미스는 3.5점을 받았다. "왜?" 하고 물었다! 끝'
    assert [text[slice(*span)] for span in sentence_spans(text)] == [
        "J. 스미스는 3.5점을 받았다.",
        '"왜?" 하고 물었다!',
        "끝",
    ]


def test_a_review_ends_its_sentences_where_edited_text_does_not():
    text = "굿굿ㅋㅋ. 또 올게요~ 추천해요"
    assert split_sentences(text, PROSE) == [(0, len(text))]
    parts = [text[slice(*span)] for span in split_sentences(text, REVIEW)]
    assert parts == ["굿굿ㅋㅋ. ", "또 올게요~ ", "추천해요"]


@pytest.mark.parametrize("rule", [PROSE, REVIEW])
def test_sentences_leave_nothing_but_white_space_out(rule):
    text = " 첫 문장이다. \n\n 둘째는 길다!  끝~ "
    spans = split_sentences(text, rule)
    assert "".join(text[slice(*span)] for span in spans).split() == text.split()

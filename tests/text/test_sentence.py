"""Sentences are found where they stand, and nothing but white space is between them."""

from hypothesis import given
from hypothesis import strategies as st

from madang.text.sentence import sentence_spans

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

"""A question and its context become windows that show every character of the context."""

import pytest

from madang.errors import SettingError
from madang.text.question import question_windows
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

CONTEXT = "광복은 1945년에 왔다. 서울은 크고 산이 많다. 강도 길다. " * 6


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_unigram([CONTEXT, "광복은 언제 왔나?"], vocab_size=60)


def test_a_short_context_is_one_window_in_bert_s_layout(tokenizer: Tokenizer) -> None:
    (window,) = question_windows(tokenizer, "언제 왔나?", "서울은 크다.", max_length=64)
    question, context = tokenizer.encode(["언제 왔나?", "서울은 크다."])
    assert window.input_ids == question.ids + context.ids[1:]
    assert window.token_type_ids == [0] * len(question.ids) + [1] * (len(context.ids) - 1)
    assert len(window.overlap_ids) == len(window.input_ids)
    assert window.first == len(question.ids)
    assert window.offsets == context.offsets[1:-1]


def test_windows_fit_begin_with_the_question_and_lose_no_character(tokenizer: Tokenizer) -> None:
    windows = question_windows(tokenizer, "언제 왔나?", CONTEXT, max_length=32)
    assert len(windows) > 3
    question = windows[0].input_ids[: windows[0].first]
    shown = set()
    for window in windows:
        assert len(window.input_ids) <= 32
        assert window.input_ids[: window.first] == question
        assert window.stop == len(window.input_ids) - 1
        shown |= {at for start, end in window.offsets for at in range(start, end)}
    assert shown == {at for at, character in enumerate(CONTEXT) if not character.isspace()}


def test_of_a_question_that_is_too_long_the_end_is_read(tokenizer: Tokenizer) -> None:
    window = question_windows(tokenizer, CONTEXT + "언제 왔나?", CONTEXT, max_length=32)[0]
    end = tokenizer.encode(["언제 왔나?"])[0].ids[1:-1]
    assert window.input_ids[window.first - 1 - len(end) : window.first - 1] == end
    assert window.first <= 16


def test_an_empty_context_is_one_window_without_a_token_of_it(tokenizer: Tokenizer) -> None:
    (window,) = question_windows(tokenizer, "언제?", "", max_length=32)
    assert window.offsets == []
    assert window.first == window.stop == len(window.input_ids) - 1


def test_without_room_for_a_context_there_is_an_error(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="5 tokens"):
        question_windows(tokenizer, "언제?", "서울", max_length=4)

"""Two texts as one sequence: ids, types, spans, and which of them is cut."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library
from transformers import PreTrainedTokenizerFast

from madang.errors import SettingError
from madang.text.tokenizer import Tokenizer, share_room

LONG, SHORT = "오늘 시장 맛집 정말 좋아요 후기", "가방 문의"


def test_a_pair_is_its_texts_one_after_the_other(tokenizer: Tokenizer) -> None:
    (pair,) = tokenizer.encode_pairs([(LONG, SHORT)])
    first, second = tokenizer.encode([LONG, SHORT])
    assert pair.ids == [*first.ids, *second.ids[1:]]
    assert pair.offsets == [*first.offsets, *second.offsets[1:]]
    assert pair.special == [*first.special, *second.special[1:]]
    assert pair.type_ids == [0] * len(first.ids) + [1] * (len(second.ids) - 1)


@pytest.mark.parametrize("length", [3, 4, 5, 6, 9, 10, 11, 30, None])
def test_ids_and_types_are_those_of_the_reference(tokenizer: Tokenizer, length: int | None) -> None:
    reference = PreTrainedTokenizerFast(
        tokenizer_object=Library.from_str(tokenizer.to_json()),
        pad_token="[PAD]",
    )
    for first, second in ((LONG, SHORT), (SHORT, LONG), (LONG, LONG), ("", SHORT)):
        (pair,) = tokenizer.encode_pairs([(first, second)], max_length=length)
        expected = reference(
            first,
            second,
            max_length=length,
            truncation=False if length is None else "longest_first",
            return_token_type_ids=True,
        )
        if len(pair.ids) != len(tokenizer.encode_pairs([(first, second)])[0].ids):
            # Which of two equally long texts loses the odd token is a choice; their sum is not.
            assert len(pair.ids) == len(expected["input_ids"]) == length
            kept = [pair.type_ids.count(side) for side in (0, 1)]
            reference_kept = [expected["token_type_ids"].count(side) for side in (0, 1)]
            assert sum(abs(a - b) for a, b in zip(kept, reference_kept, strict=True)) in (0, 2)
        else:
            assert pair.ids == expected["input_ids"]
            assert pair.type_ids == expected["token_type_ids"]


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_the_longer_text_gives_way_one_token_at_a_time(first: int, second: int, room: int) -> None:
    left, right = first, second
    while left + right > room:
        if right >= left:
            right -= 1
        else:
            left -= 1
    assert share_room(first, second, room) == (left, right)


def test_spans_point_into_their_own_text_even_where_letters_are_apart(
    tokenizer: Tokenizer,
) -> None:
    texts = ("가방", unicodedata.normalize("NFD", "맛집 좋아요"))
    (pair,) = tokenizer.encode_pairs([texts])
    shown = {
        side: "".join(
            texts[side][start:end]
            for (start, end), type_id in zip(pair.offsets, pair.type_ids, strict=True)
            if type_id == side
        )
        for side in (0, 1)
    }
    assert shown == {0: texts[0], 1: texts[1].replace(" ", "")}


def test_no_room_for_the_special_tokens_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="special tokens alone are 3"):
        tokenizer.encode_pairs([(LONG, SHORT)], max_length=2)
    (pair,) = tokenizer.encode_pairs([(LONG, SHORT)], max_length=3)
    assert pair.ids == [2, 3, 3]
    assert pair.special == [True, True, True]

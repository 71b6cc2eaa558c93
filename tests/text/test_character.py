"""Characters, their tokens and their exact places in what the person wrote."""

import unicodedata

import pytest

from madang.text.character import LONGEST_TOKEN, read_characters, read_parts
from madang.text.unigram import train_unigram
from madang.text.window import windows

LINES = [
    "첫 회를 시작으로 13일까지 4일간 총 4회에 걸쳐",
    "이강래 기자는 13일까지 서울에서",
    "😀 값이 ABC",
]


@pytest.fixture(scope="module")
def tokenizer():
    return train_unigram(LINES * 20, vocab_size=70, character_coverage=1.0)


def read(tokenizer, text):
    (encoding,) = tokenizer.encode([text])
    characters = read_characters(text, encoding, tokenizer.character_ids, unknown=tokenizer.unk_id)
    return encoding, characters


def test_every_visible_character_is_there_once_and_in_order(tokenizer):
    text = "  이강래 기자는\t13일까지 😀!\n"
    _, characters = read(tokenizer, text)
    seen = [text[start:end] for start, end in characters.spans]
    assert "".join(seen) == "".join(text.split())
    assert characters.spans == sorted(characters.spans)


def test_a_character_knows_its_token_and_its_place_there(tokenizer):
    text = "13일까지 값이"
    encoding, characters = read(tokenizer, text)
    for span, token, place in zip(
        characters.spans, characters.tokens, characters.places, strict=True
    ):
        start, end = encoding.offsets[token]
        assert start <= span[0] < span[1] <= end
        assert place % LONGEST_TOKEN == span[0] - start
        assert (place >= LONGEST_TOKEN) == (span[0] in (0, 6))


def test_the_id_of_a_character_is_its_own_token(tokenizer):
    _, characters = read(tokenizer, "값이 뷁")
    assert [tokenizer.token(id) for id in characters.ids] == ["값", "이", "[UNK]"]


def test_a_decomposed_syllable_is_one_character_with_all_its_parts(tokenizer):
    text = unicodedata.normalize("NFD", "값이 13일")
    _, characters = read(tokenizer, text)
    assert [unicodedata.normalize("NFC", text[s:e]) for s, e in characters.spans] == list(
        "값이13일"
    )
    assert characters.spans[-1][1] == len(text)
    composed = read(tokenizer, "값이 13일")[1]
    assert (characters.ids, characters.places) == (composed.ids, composed.places)


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\ufeff", "\u3164", "\x00"])
def test_what_can_not_be_seen_is_no_character(tokenizer, hidden):
    text = f"{hidden}13{hidden}일{hidden}까지{hidden}"
    _, characters = read(tokenizer, text)
    assert [text[start:end] for start, end in characters.spans] == list("13일까지")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b"])
def test_nothing_visible_gives_no_characters(tokenizer, text):
    assert read(tokenizer, text)[1].spans == []


@pytest.mark.parametrize(("max_length", "overlap"), [(8, 0), (8, 3), (11, 5), (200, 50)])
def test_each_character_is_answered_for_by_the_part_that_sees_most_around_it(
    tokenizer, max_length, overlap
):
    text = " ".join(LINES * 3)
    characters, parts = read_parts(tokenizer, text, max_length=max_length, overlap=overlap)
    answered = [n for part in parts for n in range(part.answers_from, part.answers_to)]
    assert answered == list(range(len(characters.spans)))
    (encoding,) = tokenizer.encode([text])
    num_tokens, size = len(encoding.ids) - 2, max_length - 2
    spans = windows(num_tokens, size=size, stride=size - overlap)
    for number, part in enumerate(parts):
        assert part.first <= part.answers_from <= part.answers_to <= part.last
        for token in characters.tokens[part.answers_from : part.answers_to]:
            # On its scarcer side no other part has more of the text.
            sights = [
                min(token - 1 - start, stop - token) if start < token <= stop else -1
                for start, stop in spans
            ]
            assert sights[number] == max(sights)


def test_a_part_holds_the_tokens_that_its_characters_name(tokenizer):
    text = " ".join(LINES * 2)
    (encoding,) = tokenizer.encode([text])
    characters, parts = read_parts(tokenizer, text, max_length=10, overlap=4)
    for part in parts:
        assert len(part.ids) <= 10
        assert (part.ids[0], part.ids[-1]) == (tokenizer.cls_id, tokenizer.sep_id)
        tokens = characters.tokens[part.first : part.last]
        assert [part.ids[token] for token in part.tokens] == [
            encoding.ids[token] for token in tokens
        ]


def test_a_short_text_is_one_part_as_the_tokenizer_gives_it(tokenizer):
    for text in ("값이", "", "  "):
        (encoding,) = tokenizer.encode([text])
        characters, (part,) = read_parts(tokenizer, text, max_length=10)
        assert part.ids == encoding.ids
        assert part.tokens == characters.tokens

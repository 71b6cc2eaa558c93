"""The beginning and the end of a text: bounded, whole words, and true to the original's places."""

import random
import string

import pytest

from madang.errors import SettingError
from madang.formats.catalogue import find_model
from madang.text.excerpt import JOINT, LONGEST_WORD, Excerpt, read_ends
from madang.text.tokenizer import Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN

NUM_TOKENS = 64
DRAW = random.Random(20)
KINDS = {
    "sentences": "오늘은 성수동에 새로 생긴 카페에 다녀왔어요. 빵이 부드럽고 값도 쌌습니다. " * 400,
    "one word": "가나다라마바사아자차카타파하" * 1500,
    "one letter": "ㅋ" * 20_000,
    "two letters": "ㅋㅎ" * 10_000,
    "spaces": " " * 20_000,
    "line ends": "\n" * 20_000,
    "unseen": "가" + "\u200b" * 20_000 + "나",
    "emoji": "".join(chr(DRAW.randrange(0x1F600, 0x1F640)) for _ in range(20_000)),
    "digits": "".join(DRAW.choice(string.digits) for _ in range(20_000)),
    "brackets": "[(<{" * 5000,
    "rare syllables": "".join(chr(DRAW.randrange(0xAC00, 0xD7A4)) for _ in range(20_000)),
    "decomposed": "\u1112\u1161\u11ab" * 7000,
    "marks": ("e" + "\u0301" * 30) * 700,
    "three of one": "\ufb2c\ufb2d" * 10_000,
    "surrogates": "가\ud800 " * 7000,
    "a hundred times too long": "빵 " * 300_000,
}


@pytest.fixture(scope="module", params=["ads", "sentence"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    """The two tokenizers of the shipped models."""
    return Tokenizer.load(find_model(request.param))


@pytest.mark.parametrize("kind", KINDS)
def test_an_excerpt_has_no_more_tokens_than_it_may(kind: str, tokenizer: Tokenizer) -> None:
    text = KINDS[kind]
    for num_tokens in (16, NUM_TOKENS, 1536):
        excerpt = read_ends(text, tokenizer, max_tokens=num_tokens)
        assert len(tokenizer.encode([excerpt.text])[0].ids) <= num_tokens
        assert len(excerpt.text) <= num_tokens * CHARACTERS_PER_TOKEN + len(JOINT)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_read_are_the_two_ends_of_the_text(kind: str, tokenizer: Tokenizer) -> None:
    text = KINDS[kind]
    excerpt = read_ends(text, tokenizer, max_tokens=NUM_TOKENS)
    if excerpt.cut is None:
        assert excerpt.text == text
        assert len(tokenizer.encode([text])[0].ids) <= NUM_TOKENS
    else:
        start, end = excerpt.cut
        assert start < end
        assert text[:start] + JOINT + text[end:] == excerpt.text


def test_both_ends_get_half_of_the_tokens(tokenizer: Tokenizer) -> None:
    text = KINDS["sentences"]
    excerpt = read_ends(text, tokenizer, max_tokens=200)
    beginning, end = excerpt.text.split(JOINT)
    for part in (beginning, end):
        # Without [CLS] and [SEP]; a cut that moves out of a word costs some.
        assert 85 <= len(tokenizer.encode([part])[0].ids) - 2 <= 100


def test_no_word_is_cut_in_two_unless_it_is_very_long(tokenizer: Tokenizer) -> None:
    words = [f"낱말{number}입니다" for number in range(5000)]
    for num_tokens in range(16, 120):
        excerpt = read_ends(" ".join(words), tokenizer, max_tokens=num_tokens)
        assert set(excerpt.text.split()) <= set(words)
    assert len(max(words, key=len)) < LONGEST_WORD
    assert read_ends(KINDS["one word"], tokenizer, max_tokens=64).is_cut


def test_a_text_that_fits_is_read_whole_and_keeps_its_places(tokenizer: Tokenizer) -> None:
    text = "짧은 글입니다. " * 3
    num_tokens = max(16, len(tokenizer.encode([text])[0].ids))
    excerpt = read_ends(text, tokenizer, max_tokens=num_tokens)
    assert (excerpt.text, excerpt.is_cut) == (text, False)
    assert excerpt.span(3, 7) == (3, 7)
    assert read_ends(text * 2, tokenizer, max_tokens=num_tokens).is_cut


def test_places_lead_back_to_the_original() -> None:
    text = "김연아는 서울에서 [이 가운데는 읽지 않는다] 제주로 갔다"
    read = "김연아는 서울에서 \n 제주로 갔다"
    excerpt = Excerpt(read, cut=(text.index("["), text.index("]") + 1))
    for word in ("김연아", "서울", "제주", "갔다"):
        start = read.index(word)
        where = excerpt.span(start, start + len(word))
        assert text[slice(*where)] == word


def test_what_reaches_over_the_cut_stays_on_one_side() -> None:
    text = "0123456789"
    excerpt = Excerpt("012\n89", cut=(3, 8))
    assert text[slice(*excerpt.span(0, 6))] == "012"
    assert text[slice(*excerpt.span(2, 6))] == "89"
    assert text[slice(*excerpt.span(2, 4))] == "2"
    assert text[slice(*excerpt.span(3, 5))] == "8"


def test_fewer_tokens_than_a_text_needs_are_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="16 or more"):
        read_ends("글", tokenizer, max_tokens=15)

"""Training a Unigram tokenizer."""

import pytest

from madang.errors import DataError, SettingError
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import SPECIAL_TOKENS, train_unigram


def test_the_same_texts_give_the_same_file(texts: list[str], tokenizer: Tokenizer) -> None:
    assert train_unigram(iter(texts), vocab_size=150).to_json() == tokenizer.to_json()


def test_frequent_words_become_one_token_and_none_is_unknown(
    texts: list[str], tokenizer: Tokenizer
) -> None:
    (encoding,) = tokenizer.encode(["오늘 시장"])
    assert [tokenizer.token(id) for id in encoding.ids] == ["[CLS]", "▁오늘", "▁시장", "[SEP]"]
    assert all(tokenizer.unk_id not in encoding.ids for encoding in tokenizer.encode(texts))


def test_the_vocabulary_holds_the_special_tokens_first_and_nothing_twice(
    tokenizer: Tokenizer,
) -> None:
    tokens = [tokenizer.token(id) for id in range(tokenizer.vocab_size)]
    assert tuple(tokens[:5]) == SPECIAL_TOKENS
    assert len(set(tokens)) == len(tokens) <= 150


def test_no_token_joins_a_hashtag_sign_and_its_word(tokenizer: Tokenizer) -> None:
    tokens = [tokenizer.token(id).lstrip("▁") for id in range(tokenizer.vocab_size)]
    assert "#" in tokens
    assert not [token for token in tokens if token.startswith("#") and len(token) > 1]


def test_rare_characters_are_left_to_the_unknown_token() -> None:
    texts = ["시장 맛집 오늘 사람 마당 친구"] * 200 + ["鬱 시장"]
    tokenizer = train_unigram(texts, vocab_size=60, character_coverage=0.999)
    assert tokenizer.unk_id in tokenizer.encode(["鬱"])[0].ids


def test_no_text_is_an_error() -> None:
    with pytest.raises(DataError, match="no text"):
        train_unigram(["", " \x00"], vocab_size=100)


@pytest.mark.parametrize("vocab_size", [5, 12])
def test_a_vocabulary_too_small_for_the_characters_is_an_error(
    texts: list[str], vocab_size: int
) -> None:
    with pytest.raises(SettingError, match="vocab_size"):
        train_unigram(texts, vocab_size=vocab_size)

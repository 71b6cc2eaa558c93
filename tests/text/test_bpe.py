"""A byte-pair vocabulary: every run the same, nothing lost, no bare word starts."""

import pytest

from madang.errors import DataError, SettingError
from madang.text.bpe import train_bpe
from madang.text.giveaway import GIVEAWAY

TEXTS = ["오늘 회의에는 모두가 왔다", "내일 회의에도 모두가 온다", "회의는 길었다!!"] * 3


def test_the_same_texts_give_the_same_tokenizer() -> None:
    assert train_bpe(TEXTS, vocab_size=80).to_json() == train_bpe(TEXTS, vocab_size=80).to_json()


def test_special_tokens_come_first_and_around_a_text() -> None:
    tokenizer = train_bpe(TEXTS, vocab_size=80)
    assert [tokenizer.token(id) for id in range(5)] == [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
    ]
    (encoding,) = tokenizer.encode(["회의"])
    assert encoding.ids[0] == 2
    assert encoding.ids[-1] == 3
    assert tokenizer.encode_ids(["회의"]) == [encoding.ids[1:-1]]


def test_a_frequent_word_is_one_piece_with_its_start() -> None:
    tokenizer = train_bpe(TEXTS, vocab_size=80)
    tokens = [tokenizer.token(id) for id in tokenizer.encode_ids(["오늘 회의"])[0]]
    assert "▁회의" in tokens
    assert "▁" not in tokens


def test_a_text_of_known_letters_comes_back() -> None:
    tokenizer = train_bpe(TEXTS, vocab_size=80)
    text = "모두가 오늘 회의에 왔다"
    assert tokenizer.decode(tokenizer.encode_ids([text])[0]) == text


def test_rare_letters_are_left_to_unknown() -> None:
    tokenizer = train_bpe(TEXTS, vocab_size=80, most_characters=10)
    assert tokenizer.unk_id in tokenizer.encode_ids(["회의는 길었다"])[0]


def test_what_is_blanked_in_training_is_blanked_ever_after() -> None:
    tokenizer = train_bpe(TEXTS, vocab_size=80, blank=GIVEAWAY)
    assert tokenizer.encode_ids(["회의 #광고 왔다"]) == tokenizer.encode_ids(["회의 왔다"])


def test_bad_requests_are_explained() -> None:
    with pytest.raises(SettingError, match="special tokens alone are 5"):
        train_bpe(TEXTS, vocab_size=5)
    with pytest.raises(DataError, match="no text"):
        train_bpe(["  ", ""], vocab_size=80)

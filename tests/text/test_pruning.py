"""A pruned vocabulary cuts what it keeps as before, and makes nothing unknown that was known."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.errors import SettingError
from madang.text.pruning import HANGUL, LANGUAGES, count_pieces, must_stay, prune, unknown_share
from madang.text.published import unigram_tokenizer
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

SINGLES = [*"가나다라마ab0!жя漢あ😀", "▁"]
WORDS = ["▁가나", "다라", "▁ab", "▁мя", "▁жя", "▁漢", "あ!", "▁a0", "▁b가", "🙂", "▁가나다"]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    """A vocabulary of several languages; longer pieces are likelier than their letters."""
    pieces = [*SPECIAL, *SINGLES, *WORDS, "<mask>"]
    scores = [0.0] * 4 + [-6.0] * len(SINGLES) + [-4.0 - len(each) / 10 for each in WORDS] + [0.0]
    return unigram_tokenizer(pieces=pieces, scores=scores, cls_id=0, pad_id=1, sep_id=2, unk_id=3)


def names(tokenizer: Tokenizer) -> set[str]:
    return {tokenizer.token(index) for index in range(tokenizer.vocab_size)}


def test_languages_keep_the_pieces_in_their_letters(tokenizer: Tokenizer) -> None:
    kept = names(prune(tokenizer, languages=["ko", "en"]).tokenizer)
    assert {"▁가나", "다라", "▁ab", "▁a0", "▁b가", "😀", "[CLS]", "[MASK]", "가"} <= kept
    assert not {"▁мя", "▁жя", "ж", "漢", "▁漢", "あ!"} & kept
    assert {"▁漢", "あ!"} <= names(prune(tokenizer, languages=["ja"]).tokenizer)


def test_texts_keep_what_they_use_often_and_every_single_letter_that_they_use(
    tokenizer: Tokenizer,
) -> None:
    texts = ["가나 ab", "가나 ab", "가나 мя ж"]
    counts = count_pieces(tokenizer, texts)
    kept = names(prune(tokenizer, counts=counts, least=2).tokenizer)
    assert {"▁가나", "▁ab", "ж", "я"} <= kept
    assert not {"▁мя", "▁жя", "다라", "漢"} & kept


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from("가나다라마ab0! жя漢あ😀🙂"), max_size=20))
def test_a_text_whose_pieces_are_kept_is_cut_as_before(tokenizer: Tokenizer, text: str) -> None:
    counts = count_pieces(tokenizer, ["가나 다라 ab a0 b가 🙂", "가나 다라"])
    found = prune(tokenizer, counts=counts, least=1)
    before, after = tokenizer.encode([text])[0], found.tokenizer.encode([text])[0]
    if set(before.ids) <= set(found.old_ids):
        assert [found.old_ids[index] for index in after.ids] == before.ids
        assert after.offsets == before.offsets


@settings(max_examples=100, deadline=None)
@given(
    texts=st.lists(st.text(st.sampled_from("가나다라마ab0! жя漢あ😀🙂힣"), max_size=12), max_size=5)
)
def test_the_texts_by_which_it_was_pruned_have_no_more_unknown_letters(
    tokenizer: Tokenizer, texts: list[str]
) -> None:
    for text in texts:
        found = prune(tokenizer, counts=count_pieces(tokenizer, [text]), least=5)
        assert unknown_share(found.tokenizer, [text]) <= unknown_share(tokenizer, [text])


def test_the_share_of_unknown_characters_is_counted_by_hand(tokenizer: Tokenizer) -> None:
    assert unknown_share(tokenizer, ["가나 힣 ab"]) == 1 / 5
    assert unknown_share(tokenizer, []) == 0


def test_hangul_ascii_and_emoji_always_stay() -> None:
    every = [chr(code) for first, last in HANGUL for code in range(first, last + 1)]
    assert all(must_stay(letter) and must_stay(f"▁{letter}") for letter in every)
    assert all(must_stay(chr(code)) for code in range(0x20, 0x7F))
    assert all(map(must_stay, "😀🙂👍❤☺"))
    assert not must_stay("ж")
    assert not must_stay("가나")


def test_special_tokens_keep_their_work(tokenizer: Tokenizer) -> None:
    found = prune(tokenizer, languages=["ko"]).tokenizer
    (encoding,) = found.encode(["가 ж"])
    assert encoding.ids[0] == found.cls_id
    assert encoding.ids[-1] == found.sep_id
    assert found.unk_id in encoding.ids
    assert [found.token(index) for index in (found.pad_id, found.mask_id)] == ["[PAD]", "[MASK]"]


def test_what_can_not_be_pruned_is_refused_with_what_to_do(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="Say what to keep"):
        prune(tokenizer)
    with pytest.raises(SettingError, match=r"no language .kr."):
        prune(tokenizer, languages=["kr"])
    wordpiece = Tokenizer(
        '{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":null,'
        '"pre_tokenizer":null,"post_processor":null,"decoder":null,"model":{"type":"WordPiece",'
        '"unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":100,'
        '"vocab":{"[UNK]":0,"a":1}}}'
    )
    with pytest.raises(SettingError, match="only a Unigram can lose pieces"):
        prune(wordpiece, languages=["ko"])


def test_a_tokenizer_of_ones_own_is_pruned_too() -> None:
    own = train_unigram(["가나 다라 마바 가나 hello world"] * 20, vocab_size=40)
    found = prune(own, counts=Counter(own.encode(["가나"])[0].ids), least=1)
    assert found.tokenizer.vocab_size < own.vocab_size
    assert found.tokenizer.encode(["가나"])[0].offsets == own.encode(["가나"])[0].offsets


def test_letters_of_languages_are_ranges_in_order() -> None:
    assert all(first <= last for ranges in LANGUAGES.values() for first, last in ranges)

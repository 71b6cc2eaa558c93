"""Ids, spans in the original text, and a file that keeps its hash."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madang import storage
from madang.errors import CheckpointError, SettingError
from madang.text.tokenizer import Encoding, Tokenizer


def spans(encoding: Encoding, text: str) -> list[str]:
    return [
        text[start:end]
        for (start, end), special in zip(encoding.offsets, encoding.special, strict=True)
        if not special and start < end
    ]


def test_a_saved_tokenizer_is_the_same_and_its_hash_is_the_files(
    tokenizer: Tokenizer, texts: list[str], tmp_path: Path
) -> None:
    tokenizer.save(tmp_path)
    again = Tokenizer.load(tmp_path)
    assert again.sha256 == tokenizer.sha256 == storage.sha256_of(tmp_path / "tokenizer.json")
    assert Tokenizer.load(tmp_path / "tokenizer.json").encode(texts) == tokenizer.encode(texts)


def test_the_special_tokens_stand_first_and_around_every_text(tokenizer: Tokenizer) -> None:
    ids = [tokenizer.pad_id, tokenizer.unk_id, tokenizer.cls_id, tokenizer.sep_id]
    assert [*ids, tokenizer.mask_id] == [0, 1, 2, 3, 4]
    assert tokenizer.bos_id is None
    assert tokenizer.eos_id is None
    (encoding,) = tokenizer.encode(["좋아요"])
    assert encoding.ids[0] == 2
    assert encoding.ids[-1] == 3
    assert encoding.special == [True, *[False] * (len(encoding.ids) - 2), True]
    assert encoding.offsets[0] == encoding.offsets[-1] == (0, 0)


def test_a_special_token_typed_by_a_person_is_text(tokenizer: Tokenizer) -> None:
    (encoding,) = tokenizer.encode(["[SEP] 좋아요 [MASK] <s>"])
    assert not {0, 2, 3, 4} & set(encoding.ids[1:-1])


def test_a_long_text_is_cut_at_its_end_and_keeps_both_special_tokens(tokenizer: Tokenizer) -> None:
    whole, short = (
        tokenizer.encode(["오늘 시장 맛집 정말 좋아요 후기"], max_length=length)[0]
        for length in (None, 5)
    )
    assert short.ids == [*whole.ids[:4], 3]
    assert short.offsets == [*whole.offsets[:4], (0, 0)]
    (unchanged,) = tokenizer.encode(["오늘 시장 맛집 정말 좋아요 후기"])
    assert unchanged == whole


def test_a_text_alone_equals_itself_in_a_batch(tokenizer: Tokenizer, texts: list[str]) -> None:
    assert [tokenizer.encode([text])[0] for text in texts[:32]] == tokenizer.encode(texts[:32])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  시장   맛집", {"시장", "맛집"}),
        (unicodedata.normalize("NFD", "시장 맛집"), {unicodedata.normalize("NFD", "시장")}),
        ("시\u200b장 맛\x00집", {"시\u200b장", "맛\x00집"}),
        ("ｍａｒｋｅｔ 시장", {"ｍａｒｋｅｔ", "시장"}),
        ("😍👩‍👩‍👧 시장", {"시장"}),
        ("שלום 시장 مرحبا", {"시장"}),
        ("협#찬 시장", {"협#찬", "시장"}),
        ("\ud800 시장", {"시장"}),
    ],
)
def test_spans_point_into_what_the_person_wrote(
    tokenizer: Tokenizer, text: str, expected: set[str]
) -> None:
    assert expected <= set(spans(tokenizer.encode([text])[0], text))


@given(st.text() | st.text(alphabet="시장맛집 협찬#*\t\n\x00\u200bᄉ\u1175ＡＢ!!ㅋ😍\ud800é\u0301"))
def test_spans_follow_each_other_within_the_text(tokenizer: Tokenizer, text: str) -> None:
    (encoding,) = tokenizer.encode([text])
    end_before = 0
    for start, end in encoding.offsets[1:-1]:
        assert end_before <= start <= end <= len(text)
        assert start == end or not text[start].isspace()
        end_before = end


@given(st.text(alphabet="시장값힣 é!ñ한ㅋ맛A", max_size=20))
def test_decomposed_text_has_the_spans_of_composed_text(tokenizer: Tokenizer, text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", text)
    found = spans(tokenizer.encode([decomposed])[0], decomposed)
    assert [unicodedata.normalize("NFC", span) for span in found] == spans(
        tokenizer.encode([text])[0], text
    )


def test_a_very_long_text_is_encoded_quickly_and_whole(tokenizer: Tokenizer) -> None:
    text = "시장" * 50_000
    (encoding,) = tokenizer.encode([text])
    assert encoding.offsets[-2][1] == len(text)
    (encoding,) = tokenizer.encode([text], max_length=64)
    assert len(encoding.ids) == 64


def test_an_empty_text_is_only_its_special_tokens(tokenizer: Tokenizer) -> None:
    assert [e.ids for e in tokenizer.encode(["", " \n\x00\u200b"])] == [[2, 3], [2, 3]]


def test_decoding_gives_the_text_back(tokenizer: Tokenizer) -> None:
    text = "오늘 시장에서 맛집!!"
    assert tokenizer.decode(tokenizer.encode([text])[0].ids) == text


def test_one_string_instead_of_a_list_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="list of texts"):
        tokenizer.encode("시장")


def test_a_max_length_below_the_special_tokens_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(SettingError, match="at least 2"):
        tokenizer.encode(["시장"], max_length=1)


def test_an_id_outside_the_vocabulary_is_refused(tokenizer: Tokenizer) -> None:
    assert tokenizer.token(2) == "[CLS]"
    with pytest.raises(SettingError, match=f"0 to {tokenizer.vocab_size - 1}"):
        tokenizer.token(tokenizer.vocab_size)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"version": "1.0", "model"', b"\xff\xfe"])
def test_a_broken_file_is_refused_with_its_name(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"tokenizer\.json can not be read"):
        Tokenizer.load(tmp_path)


def test_a_missing_file_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="not there"):
        Tokenizer.load(tmp_path / "nowhere.json")

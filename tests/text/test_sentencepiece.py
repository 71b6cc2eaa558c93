"""A SentencePiece model opened as a tokenizer gives SentencePiece's own ids."""

import gzip
import json
import lzma
import os
from itertools import islice
from pathlib import Path

import pytest
import sentencepiece

from madang.datasets.registry import load
from madang.errors import CheckpointError
from madang.text.sentencepiece import load_sentencepiece
from madang.text.tokenizer import Tokenizer

HARD = [
    "",
    " ",
    "  시장   맛집  ",
    "a\tb\n c",
    "▁ a▁b",
    "\x00a\x00b",
    "\u200b시장\ufeff",
    "ＡＤ ①㎏ ﷺ",
    "👩‍👩‍👧 ☂☂",
    "שלום مرحبا",
    "ㅋㅋㅠㅠ ㅋㅠ",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "x" * 5000,
]


@pytest.fixture
def tiny(sentencepiece_model: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.model"
    path.write_bytes(sentencepiece_model)
    return path


def reference_ids(path: Path, texts: list[str]) -> list[list[int]]:
    return sentencepiece.SentencePieceProcessor(model_file=str(path)).encode(texts)


def test_a_tiny_model_gives_the_same_ids(tiny: Path, texts: list[str]) -> None:
    encodings = load_sentencepiece(tiny).encode([*texts, *HARD])
    assert [encoding.ids for encoding in encodings] == reference_ids(tiny, [*texts, *HARD])


def test_a_tiny_model_decodes_to_the_same_text(tiny: Path, texts: list[str]) -> None:
    model = sentencepiece.SentencePieceProcessor(model_file=str(tiny))
    tokenizer = load_sentencepiece(tiny)
    for text in texts[:50]:
        ids = model.encode(text)
        assert tokenizer.decode(ids) == model.decode(ids)


def test_a_control_piece_typed_by_a_person_is_text(tiny: Path) -> None:
    (encoding,) = load_sentencepiece(tiny).encode(["<s> 시장 </s>"])
    assert not {1, 2} & set(encoding.ids)


def test_an_opened_model_survives_its_tokenizer_json(tiny: Path, tmp_path: Path) -> None:
    tokenizer = load_sentencepiece(tiny)
    tokenizer.save(tmp_path)
    assert Tokenizer.load(tmp_path).encode(HARD) == tokenizer.encode(HARD)


def test_special_tokens_are_found_by_name(tiny: Path) -> None:
    tokenizer = load_sentencepiece(tiny)
    assert (tokenizer.unk_id, tokenizer.bos_id, tokenizer.eos_id) == (0, 1, 2)
    assert tokenizer.cls_id is None


def test_spans_leave_white_space_out(tiny: Path) -> None:
    (encoding,) = load_sentencepiece(tiny).encode(["  시장   맛집"])
    text = "".join("  시장   맛집"[start:end] for start, end in encoding.offsets)
    assert text == "시장맛집"


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x0a\x10\x0a\x05"])
def test_a_broken_model_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "broken.model"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"broken\.model"):
        load_sentencepiece(path)


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="not there"):
        load_sentencepiece(tmp_path / "nowhere.model")


@pytest.fixture
def data_folder() -> Path:
    folder = os.environ.get("MADANG_DATA")
    if not folder:
        pytest.skip("MADANG_DATA is not set: the published models can not be read")
    return Path(folder)


@pytest.fixture
def encyclopedia_lines(data_folder: Path) -> list[str]:
    with lzma.open(data_folder / "kowiki" / "kowiki.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"].split("\n")[0] for line in islice(lines, 1000)]


@pytest.fixture(params=["reviews", "advertising"])
def chat_lines(request: pytest.FixtureRequest, data_folder: Path) -> list[str]:
    """A thousand film reviews, or posts full of signs, emoji and line breaks."""
    if request.param == "advertising":
        rows = load("ads_instagram", "test")
        return [row.text for row in rows[:: len(rows) // 1000][:1000] if hasattr(row, "text")]
    file = data_folder / "nsmc" / "ratings_test.txt.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t")[1] for line in islice(lines, 1, 1001)]


@pytest.fixture(params=["kobert-tokenizer/tokenizer_78b3253a26", "llama-tokenizer/tokenizer"])
def published(request: pytest.FixtureRequest, data_folder: Path) -> Path:
    return data_folder / "weights" / f"{request.param}.model"


def test_published_models_give_the_same_ids_on_a_thousand_encyclopedia_lines(
    published: Path, encyclopedia_lines: list[str]
) -> None:
    texts = [*encyclopedia_lines, *HARD, "<s> </s><unk>"]
    encodings = load_sentencepiece(published).encode(texts)
    assert [encoding.ids for encoding in encodings] == reference_ids(published, texts)


def test_published_models_differ_on_a_thousand_chat_lines_only_where_two_cuts_are_equally_likely(
    published: Path, chat_lines: list[str]
) -> None:
    """ "...." is "..." and "." in either order; 32-bit rounding decides it in SentencePiece."""
    encodings = load_sentencepiece(published).encode(chat_lines)
    pairs = [
        (encoding.ids, expected)
        for encoding, expected in zip(encodings, reference_ids(published, chat_lines), strict=True)
        if encoding.ids != expected
    ]
    assert len(chat_lines) == 1000
    assert len(pairs) <= 3
    assert all(sorted(ids) == sorted(expected) for ids, expected in pairs)


def test_koberts_pieces_are_the_published_ones(data_folder: Path) -> None:
    path = data_folder / "weights" / "kobert-tokenizer" / "tokenizer_78b3253a26.model"
    tokenizer = load_sentencepiece(path)
    (encoding,) = tokenizer.encode(["한국어 모델을 공유합니다."])
    pieces = [tokenizer.token(id) for id in encoding.ids]
    assert pieces == ["▁한국", "어", "▁모델", "을", "▁공유", "합니다", "."]

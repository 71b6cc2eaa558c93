"""Rows come back as they were written, and a damaged shard is never read."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from madang.corpus.shard import INDEX_NAME, TokenRows, write_shards
from madang.errors import DataError, SettingError, TokenizerMismatchError

ROWS = [[2, 7, 3], [2, 3], [2, 65535, 9, 3], [2, 8, 3]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shards of two rows each."""
    write_shards(ROWS, tmp_path, tokenizer_sha256="a" * 64, shard_tokens=5)
    return tmp_path


def test_rows_come_back_from_all_shards(folder: Path) -> None:
    rows = TokenRows(folder, tokenizer_sha256="a" * 64)
    assert len(rows.shards) == 2
    assert [row.tolist() for row in rows] == ROWS
    assert [rows[index].tolist() for index in (-1, -4)] == [ROWS[-1], ROWS[0]]
    assert [row.tolist() for row in rows[1:3]] == ROWS[1:3]
    assert rows.lengths.tolist() == [3, 2, 4, 3]
    assert rows.num_tokens == 12
    with pytest.raises(IndexError):
        rows[4]


@pytest.mark.parametrize("kept", [0, 7, 24, 40, -1])
def test_a_shard_cut_off_in_the_middle_is_refused(folder: Path, kept: int) -> None:
    shard = folder / "shard-00001.bin"
    shard.write_bytes(shard.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"shard-00001\.bin"):
        TokenRows(folder)


def test_a_missing_shard_is_named(folder: Path) -> None:
    (folder / "shard-00000.bin").unlink()
    with pytest.raises(DataError, match=r"shard-00000\.bin is missing"):
        TokenRows(folder)


def test_an_unfinished_build_is_no_corpus(tmp_path: Path) -> None:
    def broken() -> Iterator[list[int]]:
        yield from ROWS
        raise OSError("the disk is full")

    write_shards(ROWS, tmp_path, tokenizer_sha256="a" * 64)
    with pytest.raises(OSError, match="full"):
        write_shards(broken(), tmp_path, tokenizer_sha256="a" * 64, shard_tokens=5)
    with pytest.raises(DataError, match="not built to the end"):
        TokenRows(tmp_path)


def test_another_tokenizer_is_refused(folder: Path) -> None:
    with pytest.raises(TokenizerMismatchError, match="Build them again"):
        TokenRows(folder, tokenizer_sha256="b" * 64)


def test_an_id_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="is 65536; the vocabulary has 65536 pieces"):
        write_shards([[2, 65536, 3]], tmp_path, tokenizer_sha256="a" * 64)


def test_no_text_makes_no_corpus(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no text"):
        write_shards([], tmp_path, tokenizer_sha256="a" * 64)


def test_rows_are_mapped_and_not_loaded(folder: Path) -> None:
    shard = TokenRows(folder).shards[0]
    assert type(shard.tokens).__name__ == "memmap"
    assert json.loads((folder / INDEX_NAME).read_text())["shards"][0]["num_rows"] == 2


def test_ids_take_four_bytes_where_two_are_too_few(folder: Path, tmp_path: Path) -> None:
    wide = [[2, 65536, 3], [2, 99_999]]
    write_shards(wide, tmp_path / "wide", tokenizer_sha256="a" * 64, vocab_size=100_000)
    rows = TokenRows(tmp_path / "wide")
    assert [row.tolist() for row in rows] == wide
    assert rows.shards[0].tokens.dtype == np.uint32
    assert TokenRows(folder).shards[0].tokens.dtype == np.uint16


def test_a_shard_of_the_first_format_still_opens(tmp_path: Path) -> None:
    """Written by hand, byte by byte, as the format says."""
    numbers = np.array([2, 5, 0, 3, 5], "<u8").tobytes()
    tokens = np.array([2, 7, 3, 2, 65535], "<u2").tobytes()
    (tmp_path / "shard-00000.bin").write_bytes(b"MDTOKENS" + numbers + tokens)
    index = {
        "tokenizer_sha256": "a" * 64,
        "shards": [{"file": "shard-00000.bin", "num_rows": 2, "num_tokens": 5}],
    }
    (tmp_path / INDEX_NAME).write_text(json.dumps(index))
    assert [row.tolist() for row in TokenRows(tmp_path)] == [[2, 7, 3], [2, 65535]]
    write_shards([[2, 7, 3], [2, 65535]], tmp_path / "now", tokenizer_sha256="a" * 64)
    written = (tmp_path / "now" / "shard-00000.bin").read_bytes()
    assert written == (tmp_path / "shard-00000.bin").read_bytes()

"""From sources to rows, in one stream."""

import itertools
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from madang.corpus.build import build_corpus, clean_documents
from madang.corpus.source import Source
from madang.errors import DataError, SettingError
from madang.text.bpe import train_bpe
from madang.text.tokenizer import Tokenizer

TEXTS = [
    "오늘 날씨가 좋다. 산책을 했다.",
    "영화가 재미있었다! 또 보고 싶다.",
    "맛집을 찾았다. 국밥이다.",
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_bpe(TEXTS, vocab_size=90)


def test_the_text_comes_back_from_the_rows(tokenizer: Tokenizer, tmp_path: Path) -> None:
    rows = build_corpus(TEXTS, tokenizer, tmp_path, row_length=16)
    text = "".join(tokenizer.decode(row.tolist()) for row in rows)
    assert text.replace(" ", "") == "".join(TEXTS).replace(" ", "")
    assert max(rows.lengths) <= 16


def test_sources_are_cleaned_and_their_repeats_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("좋은 글이다 www.a.com\n\n좋은 글이다!\n\nEnglish only\n\n다른 글이다")
    sources = [Source(name=str(path)), Source(name=str(path))]
    assert list(clean_documents(sources)) == ["좋은 글이다", "다른 글이다"]


def test_an_empty_corpus_is_an_error(tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no text"):
        build_corpus([], tokenizer, tmp_path, row_length=16)


def test_memory_does_not_grow_with_the_text(
    tokenizer: Tokenizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times the documents take no more than the shard that is being written."""
    monkeypatch.setattr("madang.corpus.build.BATCH", 64)

    def documents(number: int) -> Iterator[str]:
        return itertools.islice(itertools.cycle(TEXTS), number)

    peaks = []
    for name, number in (("small", 1000), ("large", 10_000)):
        tracemalloc.start()
        sentences = build_small_shards(documents(number), tokenizer, tmp_path / name)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert sentences > number
    assert peaks[1] < 1.5 * peaks[0]


def build_small_shards(documents: Iterator[str], tokenizer: Tokenizer, folder: Path) -> int:
    from madang.corpus import build, shard
    from madang.corpus.packing import build_packing

    packing = build_packing("bert", tokenizer, row_length=16)
    rows = packing.pack(build._part_ids(documents, tokenizer))
    shard.write_shards(rows, folder, tokenizer_sha256=tokenizer.sha256, shard_tokens=2000)
    return shard.TokenRows(folder).num_tokens


def test_a_packing_needs_its_special_tokens(tokenizer: Tokenizer, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="no </s>, which ends a text in causal rows"):
        build_corpus(TEXTS, tokenizer, tmp_path, row_length=16, packing="causal")
    with pytest.raises(SettingError, match="choose 'bert', 'causal' or 'pairs'"):
        build_corpus(TEXTS, tokenizer, tmp_path, row_length=16, packing="rows")


def test_pairs_and_causal_rows_come_back_as_text(tokenizer: Tokenizer, tmp_path: Path) -> None:
    ending = Tokenizer(tokenizer.to_json().replace("[SEP]", "</s>"))
    assert ending.eos_id is not None
    rows = build_corpus(
        [("오늘 날씨", "국밥이다. 영화가"), ("", "맛집")],
        ending,
        tmp_path / "pairs",
        row_length=16,
        packing="pairs",
    )
    sides = [[ending.decode(side) for side in split_row(row.tolist(), ending)] for row in rows]
    assert sides == [["오늘 날씨", "국밥이다. 영화가"], ["", "맛집"]]
    stream = build_corpus(TEXTS, ending, tmp_path / "causal", row_length=5, packing="causal")
    assert set(stream.lengths[:-1]) == {5}
    text = "".join(ending.decode(row.tolist()) for row in stream)
    assert text.replace(" ", "") == "".join(TEXTS).replace(" ", "")


def split_row(row: list[int], tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    cut = row.index(tokenizer.eos_id)  # type: ignore[arg-type]
    return row[:cut], row[cut + 1 : -1]

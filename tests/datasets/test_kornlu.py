"""The readers of KorSTS and KorNLI, on lines made here and on the published files."""

import dataclasses
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from madang.datasets.card import DataFile, TextPair
from madang.datasets.folder import DataFolder
from madang.datasets.registry import load
from madang.datasets.sets import kornlu
from madang.errors import DataError

HEADING = "genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2\n"


def write_train(data_root: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> DataFolder:
    path = data_root / "kornlu" / "KorSTS" / "sts-train.tsv"
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode())
    digest = hashlib.sha256(content.encode()).hexdigest()
    file = DataFile(path="KorSTS/sts-train.tsv", sha256=digest)
    monkeypatch.setattr(kornlu, "STS", dataclasses.replace(kornlu.STS, files=(file,)))
    return DataFolder("kornlu")


def test_a_quote_is_a_letter_like_any_other(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_train(data_root, monkeypatch, f'{HEADING}a\tb\tc\td\t3.8\t"그는 갔다\t"가"라\n')
    assert list(kornlu.read_sts(folder, "train")) == [TextPair('"그는 갔다', '"가"라', 3.8)]


def test_missing_columns_are_an_error(data_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_train(data_root, monkeypatch, "sentence1\tsentence2\n")
    with pytest.raises(DataError, match="columns score; it needs sentence1, sentence2, score"):
        list(kornlu.read_sts(folder, "train"))


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("split", "count", "num_same"),
    [("train", 5749, 37), ("validation", 1500, 5), ("test", 1379, 8)],
)
def test_similarity_has_the_published_counts(split: str, count: int, num_same: int) -> None:
    rows = [row for row in load("korsts", split) if isinstance(row, TextPair)]
    assert len(rows) == count
    assert sum(row.first == row.second for row in rows) == num_same
    assert {min(row.label for row in rows), max(row.label for row in rows)} == {0.0, 5.0}


@pytest.mark.usefixtures("real_data")
def test_inference_keeps_the_hypotheses_of_a_premise_together() -> None:
    parts = {
        split: [row for row in load("kornli", split) if isinstance(row, TextPair)]
        for split in ("train", "validation")
    }
    rows = parts["train"] + parts["validation"]
    assert Counter(row.label for row in rows) == {0: 2500, 1: 2500, 2: 2500}
    assert not {row.first for row in parts["train"]} & {row.first for row in parts["validation"]}

"""NSMC's reader, on lines made here and on the published files."""

import dataclasses
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from madang.datasets.card import DataFile, LabelledText
from madang.datasets.folder import DataFolder
from madang.datasets.registry import load
from madang.datasets.sets import nsmc
from madang.errors import DataError


def write_train(data_root: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    path = data_root / "nsmc" / "ratings_train.txt"
    path.parent.mkdir()
    path.write_bytes(content.encode())
    file = DataFile(path=path.name, sha256=hashlib.sha256(content.encode()).hexdigest())
    monkeypatch.setattr(nsmc, "CARD", dataclasses.replace(nsmc.CARD, files=(file,)))


def test_quotes_are_a_spreadsheets_and_empty_documents_are_kept(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_train(
        data_root,
        monkeypatch,
        'id\tdocument\tlabel\n1\t"그는 ""왕"" 이다"\t1\n2\t\t0\n'
        '3\t이건 "뭐" 야\t0\n4\t"""""""둘"""" 다"""\t1\n',
    )
    assert list(nsmc.read(DataFolder("nsmc"), "train")) == [
        LabelledText('그는 "왕" 이다', 1),
        LabelledText("", 0),
        LabelledText('이건 "뭐" 야', 0),
        # Some were already quoted when they were published: only the file's own quotes go.
        LabelledText('"""둘"" 다"', 1),
    ]


def test_missing_columns_are_an_error(data_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_train(data_root, monkeypatch, "document\tlabel\n")
    with pytest.raises(DataError, match="columns id; it needs id, document, label"):
        list(nsmc.read(DataFolder("nsmc"), "train"))


def test_a_review_is_learned_from_or_held_out_by_its_text_alone(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "".join(f"{number}\t평 {number}\t0\n" for number in range(2_000))
    write_train(data_root, monkeypatch, "id\tdocument\tlabel\n" + lines)
    train, held_out = (
        {row.text for row in nsmc.read(DataFolder("nsmc"), split)}
        for split in ("train", "validation")
    )
    assert len(train) + len(held_out) == 2_000
    assert 60 < len(held_out) < 140


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("splits", "counts", "num_empty"),
    [
        (("train", "validation"), {0: 75_173, 1: 74_827}, 5),
        (("test",), {0: 24_827, 1: 25_173}, 3),
    ],
)
def test_the_published_files_have_the_published_counts(
    splits: tuple[str, ...], counts: dict[int, int], num_empty: int
) -> None:
    rows = [row for split in splits for row in load("nsmc", split)]
    assert Counter(row.label for row in rows) == counts
    assert sum(not row.text for row in rows) == num_empty

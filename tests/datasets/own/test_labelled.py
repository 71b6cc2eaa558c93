"""Labels of own files are named as they stand there, and what says nothing is counted."""

import json
from pathlib import Path

import polars as pl
import pytest

from madang.datasets.card import LabelledText
from madang.datasets.own.columns import Columns
from madang.datasets.own.labelled import LABELLED
from madang.datasets.rows import ALL, Source
from madang.errors import DataError


def write(folder: Path, *rows: str, name: str = "posts.csv", header: str = "text,label") -> str:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


def opened(*names: str, **further) -> Source[LabelledText]:
    return Source(names=names, form=LABELLED, **further)


@pytest.mark.parametrize(
    ("cells", "labels", "numbers"),
    [
        (["긍정", "부정", "긍정"], ("긍정", "부정"), [0, 1, 0]),
        (["5", "1", "3"], ("1", "3", "5"), [2, 0, 1]),
        (["1", "0", "-1"], ("-1", "0", "1"), [2, 1, 0]),
        (["1.0", "0.0", "1"], ("0", "1"), [1, 0, 1]),
        (["True", "False", "True"], ("False", "True"), [1, 0, 1]),
        (["yes", "no", "yes"], ("no", "yes"), [1, 0, 1]),
        (["10", "9", "기타"], ("9", "10", "기타"), [1, 0, 2]),
    ],
)
def test_labels_of_any_kind_are_named_as_they_stand(tmp_path: Path, cells, labels, numbers) -> None:
    source = opened(write(tmp_path, *(f"글 {n},{cell}" for n, cell in enumerate(cells))))
    assert source.labels == labels
    assert [row.label for row in source.rows(ALL)] == numbers


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_file_says_the_same_in_every_notation(tmp_path: Path, kind: str) -> None:
    records = [{"text": f"글 {number}", "label": float(number % 2)} for number in range(4)]
    path = tmp_path / f"posts.{kind}"
    if kind == "csv":
        pl.DataFrame(records).write_csv(path)
    elif kind == "parquet":
        pl.DataFrame(records).write_parquet(path)
    else:
        path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    source = opened(str(path))
    assert source.labels == ("0", "1")
    assert source.rows(ALL) == [LabelledText(f"글 {number}", number % 2) for number in range(4)]


def test_what_says_nothing_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [" ,0", "NaN,1", "null,0", "N/A,1", "글,", "말,nan", "하나,0", "둘,none", "셋,0"]
    source = opened(write(tmp_path, *rows))
    assert [row.text for row in source.rows(ALL)] == ["하나", "둘", "셋"]
    assert source.labels == ("0", "none")
    assert "6 rows left out (4 without a text, 2 without a label)" in caplog.text


def test_repeated_and_contradictory_rows_are_kept_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = opened(write(tmp_path, "가,0", "가,0", "나,0", "나,1", "다,1"))
    assert len(source.rows(ALL)) == 5
    assert "1 rows repeat an earlier one" in caplog.text
    assert "1 texts stand in several rows with different answers" in caplog.text


def test_a_column_of_ids_or_scores_is_no_column_of_labels(tmp_path: Path) -> None:
    rows = [f"글 {number},{number / 7:.3f}" for number in range(60)]
    with pytest.raises(DataError, match=r"60 different labels in 60 rows.*ids, scores"):
        opened(write(tmp_path, *rows)).rows(ALL)


def test_many_labels_that_stand_in_many_rows_are_labels(tmp_path: Path) -> None:
    rows = [f"글 {number},분류 {number % 100}" for number in range(1000)]
    assert len(opened(write(tmp_path, *rows)).labels) == 100


def test_named_labels_give_the_order_and_numbers_stand_for_them(tmp_path: Path) -> None:
    words = write(tmp_path, "가,긍정", "나,부정", name="words.csv")
    numbers = write(tmp_path, "다,1", "라,0", name="numbers.csv")
    source = opened(words, numbers, wanted=("부정", "긍정"))
    assert [row.label for row in source.rows(ALL)] == [1, 0, 1, 0]


def test_a_label_that_is_not_named_is_refused_with_its_count(tmp_path: Path) -> None:
    path = write(tmp_path, "가,긍정", "나,부정", "다,중립", "라,중립")
    with pytest.raises(DataError, match=r"none of 부정, 긍정: 중립 \(2 rows\)"):
        opened(path, wanted=("부정", "긍정")).rows(ALL)


def test_the_columns_are_those_that_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, "1,글,5", "2,말,1", header="id,document,stars")
    source = opened(path, columns=Columns(text="document", label="stars"))
    assert (source.labels, [row.text for row in source.rows(ALL)]) == (("1", "5"), ["글", "말"])
    with pytest.raises(DataError, match=r'no column \'text\'.*below \[table\]: text = "NAME"'):
        opened(path).rows(ALL)

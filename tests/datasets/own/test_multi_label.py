"""Several labels a text: in one cell in any notation, or a column for each."""

import json
from pathlib import Path

import pytest

from madang.datasets.card import MultiLabelText
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.rows import ALL, Source
from madang.errors import DataError


def opened(path: Path, **further) -> Source[MultiLabelText]:
    return Source(names=(str(path),), form=MULTI_LABEL, **further)


NOTATIONS = {
    "bars": "|".join,
    "bars with spaces": " | ".join,
    "semicolons": "; ".join,
    "commas": ", ".join,
    "JSON in a text": lambda labels: json.dumps(labels, ensure_ascii=False),
    "JSON": list,
}


@pytest.mark.parametrize("notation", NOTATIONS)
def test_a_cell_names_any_number_of_labels(tmp_path: Path, notation: str) -> None:
    cells = [["차별"], [], ["욕설", "차별"]]
    records = [
        {"text": f"글 {n}", "labels": NOTATIONS[notation](each)} for n, each in enumerate(cells)
    ]
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    source = opened(path)
    assert source.labels == ("욕설", "차별")
    assert [row.labels for row in source.rows(ALL)] == [(1,), (), (0, 1)]


def test_labels_that_a_recipe_names_may_be_columns(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,차별,욕설,기타\n가,1,0,9\n나,0,0,9\n다,1.0,True,9\n", encoding="utf-8")
    source = opened(path, wanted=("욕설", "차별"))
    assert [row.labels for row in source.rows(ALL)] == [(1,), (), (0, 1)]
    with pytest.raises(DataError, match=r"no column 'labels'.*\[multi_label\] labels = "):
        opened(path).rows(ALL)


def test_a_columns_cell_is_one_or_zero(tmp_path: Path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("text,욕설\n가,1\n나,2\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"line 3: the column '욕설' is '2'"):
        opened(path, wanted=("욕설",)).rows(ALL)

"""Any CSV with text and label is a data set."""

import json
from pathlib import Path

import pytest

from madang.datasets.labelled_file import load_table
from madang.errors import DataError, SettingError


def write(folder: Path, content: bytes) -> Path:
    path = folder / "posts.csv"
    path.write_bytes(content)
    return path


def test_every_row_is_in_one_split_and_stays_there(tmp_path: Path) -> None:
    lines = [f'"글 {number}, 둘",{number % 2}' for number in range(300)]
    path = write(tmp_path, ("text,label\n" + "\n".join(lines)).encode("utf-8-sig"))
    train, validation = load_table(path, "train"), load_table(path, "validation")
    assert len(train) + len(validation) == 300
    assert 10 <= len(validation) <= 50
    path = write(tmp_path, ("text,label\n" + "\n".join(lines[::-1][:150])).encode())
    assert {row.text for row in load_table(path, "validation")} <= {row.text for row in validation}


def test_json_lines_say_the_same_as_csv(tmp_path: Path) -> None:
    table = write(tmp_path, 'text,label,group\n"가\n나",1,a\n다,0,\n'.encode())
    lines = tmp_path / "posts.jsonl"
    records = [
        {"text": "가\n나", "label": 1, "group": "a"},
        {"text": "다", "label": 0, "group": ""},
    ]
    lines.write_text("\n".join(json.dumps(record) for record in records), encoding="utf-8")
    for split in ("train", "validation"):
        assert load_table(lines, split) == load_table(table, split)


@pytest.mark.parametrize("content", ['{"text": "가"', '["가", 1]', '{"text": "가"}'])
def test_a_broken_json_line_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"posts\.jsonl"):
        load_table(path, "train")


def test_empty_texts_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, b"text,label\n ,0\n,1\n")
    assert load_table(path, "train") == load_table(path, "validation") == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"body,label\na,1\n", "no column 'text'. Its columns: 'body', 'label'"),
        ("text,label\n글,광고\n".encode(), "line 2: the label is '광고'"),
        (b"text,label\n\xff\xfe,1\n", r"not UTF-8: byte 11 \(line 2\)"),
        (b"", "is empty"),
    ],
)
def test_a_file_that_is_no_data_set_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_table(write(tmp_path, content), "train")


def test_a_missing_file_and_an_unknown_split_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nothing\.csv"):
        load_table(tmp_path / "nothing.csv", "train")
    with pytest.raises(SettingError, match="train, validation"):
        load_table(tmp_path / "nothing.csv", "test")

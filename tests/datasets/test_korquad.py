"""KorQuAD's reader, on a file made here and on the published one."""

import dataclasses
import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from madang.datasets.card import DataFile, Question
from madang.datasets.folder import DataFolder
from madang.datasets.registry import load
from madang.datasets.sets import korquad
from madang.errors import DataError

SPLITS = ("train", "validation", "test")


def write(data_root: Path, monkeypatch: pytest.MonkeyPatch, *, start: int) -> None:
    paragraph = {
        "context": "광복은 1945년에 왔다.",
        "qas": [
            {"question": "언제?", "id": "1", "answers": [{"text": "1945년", "answer_start": start}]}
        ],
    }
    content = json.dumps({"data": [{"title": "광복", "paragraphs": [paragraph]}]}).encode()
    path = data_root / "korquad" / korquad.DEV_FILE
    path.parent.mkdir()
    path.write_bytes(content)
    file = DataFile(path=path.name, sha256=hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(korquad, "CARD", dataclasses.replace(korquad.CARD, files=(file,)))


def test_a_question_comes_with_its_paragraph_its_answer_and_where_that_stands(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data_root, monkeypatch, start=4)
    split = korquad.split_of("광복")
    assert list(korquad.read(DataFolder("korquad"), split)) == [
        Question("광복은 1945년에 왔다.", "언제?", 4, "1945년", "광복")
    ]


def test_an_answer_that_stands_elsewhere_is_an_error(
    data_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(data_root, monkeypatch, start=3)
    with pytest.raises(DataError, match="character 3"):
        list(korquad.read(DataFolder("korquad"), korquad.split_of("광복")))


@pytest.mark.usefixtures("real_data")
def test_the_published_file_has_the_published_counts_and_no_paragraph_is_in_two_splits() -> None:
    rows = {split: load("korquad", split) for split in SPLITS}
    assert Counter({split: len(found) for split, found in rows.items()}) == {
        "train": 3702,
        "validation": 552,
        "test": 1520,
    }
    questions = [row for found in rows.values() for row in found if isinstance(row, Question)]
    assert len(questions) == 5774
    split_of_context = {
        (row.context, split)
        for split, found in rows.items()
        for row in found
        if isinstance(row, Question)
    }
    assert len(split_of_context) == len({context for context, _ in split_of_context})
    follows = [row.context[row.start + len(row.answer) :][:1].isalnum() for row in questions]
    assert sum(follows) / len(follows) == pytest.approx(0.61, abs=0.005)

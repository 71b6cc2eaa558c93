"""A person's own file with entities is learned from, held out of, and measured on."""

from pathlib import Path

import pytest

from madang.datasets.own.columns import COLUMNS, Columns
from madang.datasets.own.record import record_of
from madang.decoding.tag import spans_of
from madang.errors import DataError, MadangError
from madang.formats.manifest import Manifest
from madang.tasks.tagging import evaluation
from madang.tasks.tagging.learning import Tagging
from madang.tasks.tagging.task import Options
from madang.text.unigram import train_unigram

NAMES = ("김민수", "박영희", "이철수", "최지우")
PLACES = ("서울", "부산", "대구", "인천", "제주")


def write_naver(folder: Path) -> Path:
    """Write twenty sentences as Naver has them, particles within the words."""
    path = folder / "own.tsv"
    sentences = [
        f"1\t{name}는\tPER_B\n2\t{place}에서\tLOC_B\n3\t산다\t-\n"
        for name in NAMES
        for place in PLACES
    ]
    path.write_text("\n".join(sentences), encoding="utf-8")
    return path


def manifest(path: Path, labels: tuple[str, ...]) -> Manifest:
    record = record_of([str(path)], [], COLUMNS)
    return Manifest(
        family="bert", task="tagging", tokenizer_sha256="", labels=labels, record=record
    )


def test_types_are_tags_and_rows_are_on_one_side_alone(tmp_path: Path) -> None:
    source = Tagging(Options()).open([str(write_naver(tmp_path))])
    labels = Tagging(Options()).labels(source)
    assert labels == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")
    train, held_out = source.rows("train"), source.rows("validation")
    assert len(train) + len(held_out) == 20
    assert held_out
    assert not {row.text for row in train} & {row.text for row in held_out}


def test_the_types_of_the_recipe_give_the_order(tmp_path: Path) -> None:
    task = Tagging(Options(labels=("PER", "LOC")))
    source = task.open([str(write_naver(tmp_path))])
    assert task.labels(source) == ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
    few = Tagging(Options(labels=("PER",)))
    with pytest.raises(DataError, match=r"LOC \(20 rows\)"):
        few.open([str(write_naver(tmp_path))]).rows("train")


def test_the_characters_of_a_tagged_word_are_its_tags(tmp_path: Path) -> None:
    task = Tagging(Options())
    source = task.open([str(write_naver(tmp_path))])
    rows = source.rows("train")
    tokenizer = train_unigram([row.text for row in rows], vocab_size=100)
    labels = task.labels(source)
    (example,) = task.examples(tokenizer, rows[:1], labels=labels, max_length=64)
    # 김민수는 서울에서 산다: four and four characters, the space is none.
    assert spans_of(example.tags, labels) == [(0, 4, "PER"), (4, 4 + len("서울에서"), "LOC")]


def test_a_model_and_its_baseline_are_measured_on_what_was_held_out(tmp_path: Path) -> None:
    path = write_naver(tmp_path)
    source = Tagging(Options()).open([str(path)])
    own = manifest(path, Tagging(Options()).labels(source))
    rows = evaluation.load(str(path), "validation", own)
    assert rows == source.rows("validation")
    figures = evaluation.measure(evaluation.fit_baseline(str(path), own), rows, own)
    assert figures["macro_f1"].value == 1.0  # every name occurs among the others


def test_a_file_with_other_types_is_refused_with_how_many_there_are(tmp_path: Path) -> None:
    path = write_naver(tmp_path)
    own = manifest(path, ("O", "B-LOC", "I-LOC"))
    other = tmp_path / "other.jsonl"
    other.write_text('{"text": "서울", "entities": [[0, 2, "ORG"]]}\n', encoding="utf-8")
    with pytest.raises(MadangError, match=r"ORG \(1 row\)"):
        evaluation.load(str(other), "all", own)


def test_a_type_of_one_text_can_not_be_learned_and_measured(tmp_path: Path) -> None:
    path = write_naver(tmp_path)
    with path.open("a", encoding="utf-8") as file:
        file.write("\n1\t마당이\tORG_B\n2\t있다\t-\n")
    with pytest.raises(DataError, match=r"ORG \(1 text\)"):
        Tagging(Options()).open([str(path)]).rows("train")


def test_what_is_said_of_a_file_is_asked_for_by_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("서\tLOC_B\n울\tLOC_I\n\n부\tLOC_B\n산\tLOC_I\n", encoding="utf-8")
    source = Tagging(Options()).open([str(path)], columns=Columns(notation="characters"))
    assert {row.text for row in source.rows("all")} == {"서울", "부산"}

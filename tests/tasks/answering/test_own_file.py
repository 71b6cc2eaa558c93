"""A person's own file with questions is learned from, held out of, and measured on."""

import json
from pathlib import Path

from madang.datasets.own.columns import COLUMNS
from madang.datasets.own.record import record_of
from madang.formats.manifest import Manifest
from madang.tasks.answering import evaluation
from madang.tasks.answering.learning import Answering
from madang.tasks.task import NoOptions
from madang.text.unigram import train_unigram


def write_squad(folder: Path) -> Path:
    """Write twelve articles in SQuAD's form, of two paragraphs with two questions each."""
    path = folder / "own.json"
    path.write_text(json.dumps({"data": [article(number) for number in range(12)]}))
    return path


def article(number: int) -> dict:
    paragraphs = []
    for half in ("앞", "뒤"):
        context = f"{number}번 마당의 {half}문은 {number + 10}년에 열렸다. 문지기는 김{number}씨다."
        asked = {"언제 열렸나?": f"{number + 10}년", "문지기는 누구인가?": f"김{number}씨"}
        entries = [
            {"question": text, "answers": [{"text": right, "answer_start": context.index(right)}]}
            for text, right in asked.items()
        ]
        paragraphs.append({"context": context, "qas": entries})
    return {"title": f"마당 {number}", "paragraphs": paragraphs}


def test_an_article_is_held_out_whole(tmp_path: Path) -> None:
    source = Answering(NoOptions()).open([str(write_squad(tmp_path))])
    train, held_out = source.rows("train"), source.rows("validation")
    assert len(train) + len(held_out) == 48
    assert held_out
    assert not {row.group for row in train} & {row.group for row in held_out}
    assert not {row.context for row in train} & {row.context for row in held_out}


def test_its_examples_point_to_the_answers(tmp_path: Path) -> None:
    task = Answering(NoOptions())
    rows = task.open([str(write_squad(tmp_path))]).rows("train")
    tokenizer = train_unigram(task.texts(rows), vocab_size=200)
    for example in task.examples(tokenizer, rows, labels=(), max_length=96):
        row = rows[example.question]
        offsets = example.window.offsets
        start = offsets[example.start - example.window.first][0]
        end = offsets[example.end - example.window.first][1] - example.trim
        assert row.context[:end][-len(row.answer) :] == row.answer
        assert start <= row.start


def test_the_baseline_finds_the_sentence_of_what_was_held_out(tmp_path: Path) -> None:
    path = write_squad(tmp_path)
    record = record_of([str(path)], [], COLUMNS)
    own = Manifest(family="bert", task="answering", tokenizer_sha256="", record=record)
    rows = evaluation.load(str(path), "validation", own)
    assert rows == Answering(NoOptions()).open([str(path)]).rows("validation")
    figures = evaluation.measure(evaluation.fit_baseline(str(path), own), rows, own)
    assert figures["right_sentence"].value == 1.0
    assert figures["exact_match"].value == 0.0

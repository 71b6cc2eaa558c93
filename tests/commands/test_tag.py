"""``madang tag``: a text's entities as JSON or in the text, a file's as one column more."""

import csv
import json

import pytest

from madang.commands.cli import main
from madang.commands.output import fields_of
from madang.commands.tag import tag, tag_table
from madang.decoding.entity import TaggedEntity
from madang.errors import SettingError
from madang.tasks.tagging.predictor import mark
from madang.text.markup import read_marked


class Names:
    """Finds every 서울, with its exact place."""

    def stream(self, texts, *, batch_size=32):
        batch = []
        for text in texts:
            batch.append(text)
            if len(batch) == batch_size:
                yield from map(self.find, batch)
                batch = []
        yield from map(self.find, batch)

    def tag(self, texts):
        return list(self.stream(texts))

    def find(self, text):
        starts = [at for at in range(len(text)) if text.startswith("서울", at)]
        return tuple(TaggedEntity(at, at + 2, "LOC", "서울", 0.9) for at in starts)


@pytest.fixture
def names(monkeypatch):
    tagger = Names()
    monkeypatch.setattr("madang.tasks.tagging.predictor.Tagger.load", lambda *_, **__: tagger)
    return tagger


def test_a_texts_entities_are_printed_with_their_places(names, capsys):
    tag("오늘 서울에서")
    assert json.loads(capsys.readouterr().out) == [
        {"start": 3, "end": 5, "type": "LOC", "text": "서울", "probability": 0.9}
    ]


def test_entities_can_be_printed_in_their_text(names, capsys):
    assert main(["tag", "오늘 서울에서", "--format", "inline"]) == 0
    assert capsys.readouterr().out == "오늘 <서울:LOC>에서\n"


def test_a_text_without_entities_gives_an_empty_list(names, capsys):
    tag("")
    assert json.loads(capsys.readouterr().out) == []


def test_a_file_gets_a_column_with_the_entities_of_each_row(tmp_path, capsys):
    source, output = tmp_path / "posts.csv", tmp_path / "out.csv"
    rows = [{"id": str(i), "글": f'{"가" * (i % 7)} 서울, "{i}"'} for i in range(200)]
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "글"])
        writer.writeheader()
        writer.writerows(rows)
    tag_table(Names(), source, output, column="글")
    assert "200 rows tagged" in capsys.readouterr().err
    with output.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for before, after in zip(rows, found, strict=True):
        assert {name: after[name] for name in before} == before
        assert json.loads(after["entities"]) == [fields_of(e) for e in Names().find(before["글"])]
    tag_table(Names(), source, output, column="글", format="inline")
    with output.open(encoding="utf-8", newline="") as file:
        marked = [row["entities"] for row in csv.DictReader(file)]
    assert [read_marked(text)[0] for text in marked] == [row["글"] for row in rows]


def test_a_column_of_that_name_is_kept(tmp_path, capsys):
    source, output = tmp_path / "posts.csv", tmp_path / "out.csv"
    source.write_text("text,entities\n서울,내 것\n", encoding="utf-8")
    tag_table(Names(), source, output, column="text")
    assert output.read_text(encoding="utf-8").startswith("text,entities_original,entities\n")
    assert "entities_original" in capsys.readouterr().err


@pytest.mark.parametrize("given", [{}, {"text": "서울", "input": "a"}, {"input": "a"}])
def test_a_text_or_a_file_has_to_be_given(given):
    with pytest.raises(SettingError, match="either a text, or a file"):
        tag(**given)


def test_marks_of_no_entities_leave_the_text_alone():
    assert mark("서울", ()) == "서울"

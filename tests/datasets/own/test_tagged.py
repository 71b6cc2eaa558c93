"""Entities in every notation that people have: one meaning, or a refusal that names the line."""

import json
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.commands.tag import tag_table
from madang.datasets import registry
from madang.datasets.card import Entity, TaggedText
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Notes
from madang.datasets.own.tagged import read
from madang.decoding.entity import TaggedEntity
from madang.errors import DataError
from madang.text.markup import write_marked

SENTENCE = TaggedText("김민수는 서울 시청 에서 산다", (Entity(0, 4, "PER"), Entity(5, 10, "LOC")))


def read_text(folder: Path, content: str | bytes, name: str = "own.txt", **columns) -> list:
    rows, _ = read_with_notes(folder, content, name, **columns)
    return rows


def read_with_notes(folder, content, name="own.txt", *, wanted=(), **columns):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    notes = Notes(wanted=wanted)
    return list(read(path, Columns(**columns), notes)), notes


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


LINES = {
    "two columns": "김민수는\tB-PER\n서울\tB-LOC\n시청\tI-LOC\n에서\tO\n산다\tO\n",
    "white space": "김민수는 B-PER\n서울  B-LOC\n시청 I-LOC\n에서 O\n산다 O\n",
    "CoNLL-2003": (
        "-DOCSTART- -X- -X- O\n\n김민수는 NNP B-NP I-PER\n서울 NNP B-NP I-LOC\n"
        "시청 NNG I-NP I-LOC\n에서 JKB B-PP O\n산다 VV B-VP O\n"
    ),
    "Naver": "1\t김민수는\tPER_B\n2\t서울\tLOC_B\n3\t시청\tLOC_I\n4\t에서\t-\n5\t산다\t-\n\n",
    "IOB1": "김민수는 I-PER\n서울 I-LOC\n시청 I-LOC\n에서 O\n산다 O\n",
    "BIOES": "김민수는 S-PER\n서울 B-LOC\n시청 E-LOC\n에서 O\n산다 O\n",
    "BILOU": "김민수는 U-PER\n서울 B-LOC\n시청 L-LOC\n에서 O\n산다 O\n",
    "comments": "# id = 1\n## 김민수는\n김민수는 B-PER\n서울 B-LOC\n시청 I-LOC\n에서 O\n산다 O\n",
    "Windows": "김민수는\tB-PER\r\n서울\tB-LOC\r\n시청\tI-LOC\r\n에서\tO\r\n산다\tO\r\n",
}


@pytest.mark.parametrize("notation", LINES)
def test_every_notation_of_lines_says_the_same(tmp_path: Path, notation: str) -> None:
    rows, notes = read_with_notes(tmp_path, LINES[notation])
    assert rows == [SENTENCE]
    assert not notes.left_out
    assert not +notes.changed


RECORD = {"text": SENTENCE.text}
TRIPLES = [[0, 4, "PER"], [5, 10, "LOC"]]
TABLES = {
    "lists.jsonl": RECORD | {"entities": TRIPLES},
    "doccano.jsonl": RECORD | {"label": TRIPLES, "id": 7},
    "relations.jsonl": RECORD
    | {
        "entities": [
            {"id": 1, "label": t, "start_offset": s, "end_offset": e} for s, e, t in TRIPLES
        ]
    },
    "prodigy.jsonl": RECORD
    | {"spans": [{"start": s, "end": e, "label": t} for s, e, t in TRIPLES]},
    "words.jsonl": {
        "tokens": ["김민수는", "서울", "시청", "에서", "산다"],
        "ner_tags": ["B-PER", "B-LOC", "I-LOC", "O", "O"],
    },
    "marked.jsonl": {"text": "<김민수는:PER> <서울 시청:LOC> 에서 산다", "label": 1},
    "whole.json": RECORD | {"entities": TRIPLES},
}


@pytest.mark.parametrize("name", TABLES)
def test_every_notation_of_records_says_the_same(tmp_path: Path, name: str) -> None:
    assert read_text(tmp_path, json.dumps(TABLES[name]), name) == [SENTENCE]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", "<김민수는:PER> <서울 시청:LOC> 에서 산다\n\n"),
        ("a.csv", 'text,label\n"<김민수는:PER> <서울 시청:LOC> 에서 산다",0\n'),
        ("a.csv", f'text;entities\n{SENTENCE.text};[[0, 4, "PER"], [5, 10, "LOC"]]\n'),
        ("a.tsv", f"text\tentities\n{SENTENCE.text}\t<김민수는:PER> <서울 시청:LOC> 에서 산다\n"),
    ],
)
def test_marked_texts_and_lists_in_cells_say_the_same(tmp_path, name: str, content: str) -> None:
    assert read_text(tmp_path, content, name) == [SENTENCE]


def test_the_encoding_is_found_or_named_as_for_every_table(tmp_path: Path) -> None:
    content = LINES["Naver"]
    assert read_text(tmp_path, content.encode("utf-16")) == [SENTENCE]
    assert read_text(tmp_path, content.encode("utf-8-sig")) == [SENTENCE]
    assert read_text(tmp_path, content.encode("cp949"), encoding="cp949") == [SENTENCE]
    with pytest.raises(DataError, match="--encoding cp949"):
        read_text(tmp_path, content.encode("cp949"))


def test_characters_a_line_are_a_text_with_its_spaces(tmp_path: Path) -> None:
    lines = [f"{character}\tO" for character in "가 나"] + ["서\tB-LOC", "울\tI-LOC"]
    content = "## klue-1\t가 나<서울:LOC>\n" + "\n".join(lines) + "\n\n## klue-2\t비\n비\tO\n"
    rows = [TaggedText("가 나서울", (Entity(3, 5, "LOC"),)), TaggedText("비", ())]
    assert read_text(tmp_path, content) == rows


def test_single_characters_without_a_space_are_read_as_they_are_said_to_be(tmp_path: Path) -> None:
    content = "서\tB-LOC\n울\tI-LOC\n"
    with pytest.raises(DataError, match="--notation characters"):
        read_text(tmp_path, content)
    assert read_text(tmp_path, content, notation="characters")[0].text == "서울"
    assert read_text(tmp_path, content, notation="tokens")[0].text == "서 울"


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    content = (
        'Sentence #,Word,POS,Tag\nSentence: 1,Kim,N,B-per\n,",",X,O\nSentence: 2,Seoul,N,B-geo\n'
    )
    rows = [
        TaggedText("Kim ,", (Entity(0, 3, "per"),)),
        TaggedText("Seoul", (Entity(0, 5, "geo"),)),
    ]
    names = {"token": "Word", "tag": "Tag", "sentence": "Sentence #"}
    assert read_text(tmp_path, content, "a.csv", **names) == rows
    nested = "1\tKim\tB-PER\tO\n2\tSeoul\tO\tB-LOC\n"
    with pytest.raises(DataError, match=r"several columns of tags: 3, 4.*--header"):
        read_text(tmp_path, nested)
    header = ("n", "token", "tag", "inner")
    assert read_text(tmp_path, nested, header=header)[0].entities == (Entity(0, 3, "PER"),)


def test_an_entity_without_its_beginning_is_read_and_counted(tmp_path: Path) -> None:
    rows, notes = read_with_notes(tmp_path, "김민수 B-PER\n는 O\n서울 I-LOC\n시청 I-LOC\n")
    assert [entity.type for entity in rows[0].entities] == ["PER", "LOC"]
    assert notes.changed.total() == 1


def test_what_can_not_be_learned_is_left_out_and_counted(tmp_path: Path) -> None:
    records = [
        {"text": "서울시청", "entities": [[0, 2, "LOC"], [0, 4, "ORG"]]},
        {"text": " ", "entities": []},
        {"text": "서울 ", "entities": [[0, 3, "LOC"], [0, 2, "LOC"]]},
    ]
    content = "\n".join(map(json.dumps, records))
    rows, notes = read_with_notes(tmp_path, content, "a.jsonl")
    assert rows == [TaggedText("서울 ", (Entity(0, 2, "LOC"),))]
    assert notes.left_out == {"with entities that overlap": 1, "without a text": 1}
    assert sorted((+notes.changed).values()) == [1, 1]


NFD_TEXT = nfd("서울에")
BAD = {
    "another width": ("김\tB-PER\n온다\tO\n\n서울\n", "line 4: '서울' has 1 cell"),
    "no blank line": ("김\tB-PER\n# 글\n온다\tO\n", "line 2: '# 글' has 1 cell"),
    "two orders": ("김 PER_B\n서울 B-LOC\n", "line 2: the tag is 'B-LOC'"),
    "both ends": ("김 B-E_B\n서울 I-L_I\n", "from the front and from the back"),
    "two schemes": ("김 B-PER\n서울 U-LOC\n시청 E-LOC\n", "mix the places B, E, U"),
    "no token": ("김\tB-PER\n\tO\n온\tO\n산다\tO\n", "line 2 has no token"),
    "blank token": ("김민수\tB-PER\n \tO\n온\tO\n", "line 2: the token is blank.*characters"),
    "nested": ("<<서울:LOC> 시청:ORG>에\n", "line 1: '시청:ORG>' is half of a mark"),
    "open": ("<김:LOC>은\n<서울:LOC에 산다\n", "line 2: '<서울:LOC' is half of a mark"),
    "closed": ("<김:LOC>은\n서울:LOC>에 산다\n", "line 2: '서울:LOC>' is half of a mark"),
    "blank mark": ("<김:LOC>은\n< :LOC>에 산다\n", "line 2: an entity of the type LOC is blank"),
    "a word": ("<김:LOC>은\n<주의:필독> 글\n", "line 2: '<주의:필독>' may be an entity"),
    "nothing": ("그냥 글\n또 글\n", "does not tell how its entities are written.*--notation"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_line_that_may_mean_two_things_is_named(tmp_path: Path, fault: str) -> None:
    content, message = BAD[fault]
    with pytest.raises(DataError, match=message):
        read_text(tmp_path, content)


BAD_RECORDS = {
    "beyond": ([[0, 9, "LOC"]], "서울에", "0 to 9, but the text has 3 characters"),
    "backwards": ([[2, 1, "LOC"]], "서울에", "2 to 1"),
    "no type": ([[0, 2]], "서울에", "a start, an end and a type"),
    "no list": ("서울", "서울에", "without its marks"),
    "numbers": ([[0.5, 2, "LOC"]], "서울에", "a start, an end and a type"),
    "UTF-16": ([{"start": 3, "end": 5, "type": "LOC", "text": "서울"}], "😀 서울에", "UTF-16"),
    "bytes": ([{"start": 4, "end": 6, "type": "LOC", "text": "서울"}], "가 서울에 산다", "UTF-8"),
    "from 1": ([{"start": 1, "end": 3, "type": "LOC", "text": "서울"}], "서울에", "from 1"),
    "NFC": ([{"start": 0, "end": 2, "type": "LOC", "text": "서울"}], NFD_TEXT, "NFC, NFD"),
    "half a syllable": ([[0, 3, "LOC"]], NFD_TEXT, "within a syllable"),
}


@pytest.mark.parametrize("fault", BAD_RECORDS)
def test_places_that_do_not_fit_are_refused_and_never_moved(tmp_path: Path, fault: str) -> None:
    entities, text, message = BAD_RECORDS[fault]
    content = json.dumps({"text": text, "entities": entities})
    with pytest.raises(DataError, match=rf"line 1.*{message}"):
        read_text(tmp_path, content, "a.jsonl")


def test_named_types_settle_what_is_a_mark(tmp_path: Path) -> None:
    content = "<김민수:사람>는 <주의:필독> 글\n"
    rows = read_text(tmp_path, content, wanted=("사람", "장소"))
    assert rows == [TaggedText("김민수는 <주의:필독> 글", (Entity(0, 3, "사람"),))]


def test_brackets_and_colons_in_ordinary_text_are_text(tmp_path: Path) -> None:
    text = "<b>굵게</b> 1 < 2: <김:수> <시간 12:30> <http://a.kr> :) <>"
    rows = read_text(tmp_path, f"{text} <서울:LOC>\n", wanted=("LOC",))
    assert rows == [TaggedText(f"{text} 서울", (Entity(len(text) + 1, len(text) + 3, "LOC"),))]


class Fixed:
    """A tagger that finds what is laid down."""

    def stream(self, texts, *, batch_size):
        for text in texts:
            yield tuple(
                TaggedEntity(each.start, each.end, each.type, text[each.start : each.end], 0.9)
                for each in SENTENCE.entities
                if text == SENTENCE.text
            )


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
@pytest.mark.parametrize("format", ["json", "inline"])
def test_what_tag_writes_is_read_back(tmp_path: Path, ending: str, format: str) -> None:
    source, output = tmp_path / "posts.csv", tmp_path / f"tagged.{ending}"
    source.write_text(f"text,label\n{SENTENCE.text},1\n그냥 글,0\n", encoding="utf-8")
    tag_table(Fixed(), source, output, column="text", format=format)
    found = list(read(output, Columns(), Notes()))
    assert found == [SENTENCE, TaggedText("그냥 글", ())]


class Words(NamedTuple):
    words: list[str]
    spans: list[tuple[int, int, str]]


PARTS = ["서울", nfd("김민수"), "😀", "é", "👨‍👩‍👧", "A", "1.5%", "가나다라마바", "🇰🇷"]


@st.composite
def tagged_words(draw) -> Words:
    words = draw(st.lists(st.lists(st.sampled_from(PARTS), min_size=1).map("".join), min_size=1))
    spans, place = [], 0
    while place < len(words):
        stop = draw(st.integers(place + 1, len(words)))
        type = draw(st.sampled_from(["PER", "LOC", ""]))
        if type or (not spans and stop == len(words)):
            spans.append((place, stop, type or "PER"))
        place = stop
    return Words(words, spans)


def expected(words: Sequence[str], spans) -> TaggedText:
    text = " ".join(words)
    starts = [len(" ".join([*words[:place], ""])) for place in range(len(words))]
    return TaggedText(
        text, tuple(Entity(starts[a], starts[b - 1] + len(words[b - 1]), t) for a, b, t in spans)
    )


def iob2(length: int, last: bool, place: int, is_new: bool) -> str:
    return "B" if place == 0 else "I"


def iob1(length: int, last: bool, place: int, is_new: bool) -> str:
    return "B" if place == 0 and not is_new else "I"


def bioes(length: int, last: bool, place: int, is_new: bool) -> str:
    return "S" if length == 1 else "E" if last else "I" if place else "B"


def bilou(length: int, last: bool, place: int, is_new: bool) -> str:
    return bioes(length, last, place, is_new).translate(str.maketrans("SE", "UL"))


def bmes(length: int, last: bool, place: int, is_new: bool) -> str:
    return bioes(length, last, place, is_new).replace("I", "M")


def write_lines(sentence: Words, scheme: Callable[..., str], form: str) -> str:
    tags = ["O"] * len(sentence.words)
    before = (0, 0, "")
    for a, b, type in sentence.spans:
        is_new = (before[1], before[2]) != (a, type)
        before = (a, b, type)
        for place in range(a, b):
            letter = scheme(b - a, place == b - 1, place - a, is_new)
            tags[place] = form.format(place=letter, type=type)
    lines = [f"{word}\t{tag}" for word, tag in zip(sentence.words, tags, strict=True)]
    return "\n".join(lines) + "\n\n"


QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@QUICK
@given(sentence=tagged_words())
def test_every_scheme_of_tags_gives_the_entities_that_were_written(
    tmp_path: Path, sentence: Words
) -> None:
    wanted = [expected(*sentence)]
    for scheme in (iob2, iob1, bioes, bilou, bmes):
        for form in ("{place}-{type}", "{type}_{place}"):
            content = write_lines(sentence, scheme, form)
            rows, notes = read_with_notes(tmp_path, content, notation="tokens")
            assert rows == wanted
            assert not +notes.changed


@QUICK
@given(sentence=tagged_words())
def test_marks_and_lists_give_the_entities_that_were_written(
    tmp_path: Path, sentence: Words
) -> None:
    row = expected(*sentence)
    spans = [(each.start, each.end, each.type) for each in row.entities]
    listed = [
        {"start": start, "end": end, "type": type, "text": row.text[start:end]}
        for start, end, type in spans
    ]
    assert read_text(tmp_path, write_marked(row.text, spans) + "\n") == [row]
    record = json.dumps({"text": row.text, "entities": listed})
    assert read_text(tmp_path, record, "a.jsonl") == [row]


@pytest.mark.usefixtures("real_data")
def test_real_sentences_come_back_from_a_character_a_line(tmp_path: Path) -> None:
    rows = [row for row in registry.load("ner_kmou", "test") if row.text == row.text.strip()]
    sentences = [
        Words(list(row.text), [(each.start, each.end, each.type) for each in row.entities])
        for row in rows
    ]
    content = "".join(write_lines(sentence, iob2, "{place}-{type}") for sentence in sentences)
    assert len(rows) > 900
    assert read_text(tmp_path, content) == rows

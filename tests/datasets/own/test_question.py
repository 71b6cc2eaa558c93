"""Questions of people's own files: SQuAD's form, tables, and starts that are never moved."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from madang.datasets import registry
from madang.datasets.card import Question
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Notes
from madang.datasets.own.question import QUESTION, read
from madang.errors import DataError

CONTEXT = "광복은 1945년에 왔다."
ROW = Question(CONTEXT, "언제?", 4, "1945년")


def write(folder: Path, content: str, name: str) -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


def read_text(folder: Path, content: str, name: str = "own.csv", **columns) -> list[Question]:
    return list(read(write(folder, content, name), Columns(**columns), Notes()))


def squad(entries: list[dict], *, context: str = CONTEXT, title: str = "광복") -> dict:
    return {"title": title, "paragraphs": [{"context": context, "qas": entries}]}


def entry(*answers: tuple[str, int], **more) -> dict:
    listed = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": "1", "question": "언제?", "answers": listed} | more


HUGGING_FACE = {"text": ["1945년"], "answer_start": [4]}
FORMS = {
    "squad.json": {"version": "1.1", "data": [squad([entry(("1945년", 4))])]},
    "list.json": [squad([entry(("1945년", 4))])],
    "one.json": {"data": [squad([{"question": "언제?", "answer": {"text": "1945년"}}])]},
    "hf.jsonl": {"context": CONTEXT, "question": "언제?", "answers": HUGGING_FACE},
    "flat.jsonl": {"context": CONTEXT, "question": "언제?", "answer": "1945년", "start": 4},
    "flat.json": [{"context": CONTEXT, "question": "언제?", "answer": "1945년"}],
    "texts.jsonl": {"context": CONTEXT, "question": "언제?", "answers": ["1945년"], "start": [4]},
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_says_the_same(tmp_path: Path, name: str) -> None:
    assert read_text(tmp_path, json.dumps(FORMS[name]), name) == [ROW]


@pytest.mark.parametrize(
    "content",
    [
        f"context,question,answer,start\n{CONTEXT},언제?,1945년,4\n",
        f"context,question,answer,start\n{CONTEXT},언제?,1945년,4.0\n",
        f"context,question,answer\n{CONTEXT},언제?,1945년\n",
        f"context;question;answers\n{CONTEXT};언제?;{json.dumps(HUGGING_FACE)}\n",
        f"context\tquestion\tanswer\tanswer_start\n{CONTEXT}\t언제?\t1945년\t4\n",
    ],
)
def test_tables_say_the_same(tmp_path: Path, content: str) -> None:
    assert read_text(tmp_path, content) == [ROW]


def test_columns_have_the_names_that_are_given(tmp_path: Path) -> None:
    content = f"본문,질문,답,문서\n{CONTEXT},언제?,1945년,가\n산이다.,무엇?,산,나\n"
    names = {"context": "본문", "question": "질문", "answer": "답", "group": "문서"}
    rows = read_text(tmp_path, content, **names)
    assert [(row.answer, row.group) for row in rows] == [("1945년", "가"), ("산", "나")]
    with pytest.raises(DataError, match="--question NAME"):
        read_text(tmp_path, content)


def test_what_has_no_place_is_left_out_and_counted(tmp_path: Path) -> None:
    entries = [
        entry(is_impossible=True),
        entry(("1945년", 4), is_impossible=True),
        entry(),
        entry(("", -1)),
    ]
    path = write(tmp_path, json.dumps({"data": [squad(entries)]}), "a.json")
    notes = Notes()
    assert not list(read(path, Columns(), notes))
    assert notes.left_out == {"without an answer": 4}
    rows = ["가나가,무엇?,가", "가나,무엇?,다", "가나,,가", ",무엇?,가", "가나,무엇?,"]
    table = "\n".join(["context,question,answer", *rows])
    notes = Notes()
    assert not list(read(write(tmp_path, table, "a.csv"), Columns(), notes))
    assert notes.left_out == {
        "with an answer that occurs more than once and has no start": 1,
        "with an answer that does not occur in the context": 1,
        "without a question or a context": 2,
        "without an answer": 1,
    }


EMOJI = f"😀 {CONTEXT}"
NFD = unicodedata.normalize("NFD", CONTEXT)
WRONG = {
    "elsewhere": (CONTEXT, 5, "'945년에' does"),
    "from 1": (CONTEXT, 5, "counted from 1"),
    "UTF-16": (EMOJI, 7, "counted in code units of UTF-16"),
    "bytes": (CONTEXT, 10, "counted in bytes of UTF-8"),
    "another form": (NFD, 4, "NFC, NFD"),
    "before": (CONTEXT, -3, "character -3"),
    "behind": (CONTEXT, 900, "character 900"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_start_where_the_answer_does_not_stand_is_refused(tmp_path: Path, fault: str) -> None:
    context, start, message = WRONG[fault]
    content = json.dumps({"data": [squad([entry(("1945년", start))], context=context)]})
    with pytest.raises(DataError, match=rf"article 1, paragraph 1, question '1'.*{message}"):
        read_text(tmp_path, content, "a.json")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", '{"data": [{"title": "가", "context": "나"}]}', "article 1: paragraphs"),
        ("a.json", '{"data": [{"paragraphs": [{"qas": []}]}]}', "paragraph 1: context"),
        ("a.csv", "context,question,answer,start\n가,나,가,첫째\n", "line 2: the answer's start"),
        ("a.csv", "context,question,answer,start\n가,나,가,0.5\n", "line 2: the answer's start"),
        ("a.csv", "context,question,reply\n가,나,가\n", "--answer NAME"),
        (
            "a.jsonl",
            '{"context": "가", "question": "나", "answers": {"text": ["가"], "answer_start": []}}',
            None,
        ),
        (
            "a.jsonl",
            '{"context": "가", "question": "나", "answers": ["가", "나"], "start": 0}',
            "2 texts of answers, but 1 starts",
        ),
    ],
)
def test_what_is_no_question_says_why(tmp_path, name: str, content: str, message) -> None:
    if message is None:
        assert read_text(tmp_path, content, name)[0].start == 0
        return
    with pytest.raises(DataError, match=message):
        read_text(tmp_path, content, name)


def test_of_several_answers_the_first_is_learned_and_all_are_right(tmp_path: Path) -> None:
    answers = [("1945년", 4), ("1945", 4), ("1945년", 4), ("1945년에", 4)]
    (row,) = read_text(tmp_path, json.dumps({"data": [squad([entry(*answers)])]}), "a.json")
    assert (row.answer, row.other_answers) == ("1945년", ("1945", "1945년에"))


def test_a_context_is_never_on_both_sides(tmp_path: Path) -> None:
    articles = [
        squad([entry(("가", 0))], context="가나", title="하나"),
        squad([entry(("나", 1))], context="가나", title="둘"),
        squad([entry(("다", 0))], context="다라", title="둘"),
    ]
    rows = read_text(tmp_path, json.dumps({"data": articles}), "a.json")
    assert [QUESTION.side(row) for row in rows] == ["하나", "하나", "둘"]
    one = [squad([entry(("가", 0))], context=f"가{number}", title="문서") for number in range(9)]
    rows = read_text(tmp_path, json.dumps({"data": one}), "a.json")
    assert len({QUESTION.side(row) for row in rows}) == 9


WORDS = st.sampled_from(
    ["서울", "😀", "é", "ᄒ\u1161", "👨‍👩‍👧", " ", "\r\n", "1945", "\u2028", '"', ","]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(WORDS).map("".join),
    answer=st.lists(WORDS, min_size=1).map("".join).filter(str.strip),
    after=st.lists(WORDS).map("".join),
)
def test_any_answer_is_read_where_it_was_written(
    tmp_path: Path, before: str, answer: str, after: str
) -> None:
    context = before + answer + after
    record = {"context": context, "question": "?", "answer": answer, "start": len(before)}
    (row,) = read_text(tmp_path, json.dumps(record), "a.jsonl")
    assert (row.context, row.start, row.answer) == (context, len(before), answer)
    units = len(before.encode("utf-16-le")) // 2
    if context[units : units + len(answer)] != answer:
        with pytest.raises(DataError, match="UTF-16"):
            read_text(tmp_path, json.dumps(record | {"start": units}), "a.jsonl")


@pytest.mark.usefixtures("real_data")
def test_korquad_as_it_is_published_has_the_questions_of_the_data_set(
    real_data: Path, tmp_path: Path
) -> None:
    path = real_data / "korquad" / "KorQuAD_v1.0_dev.json.gz"
    notes = Notes()
    rows = set(read(path, Columns(), notes))
    published = {
        row for split in ("train", "validation", "test") for row in registry.load("korquad", split)
    }
    assert rows == published
    assert not notes.left_out

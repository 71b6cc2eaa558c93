"""Questions with their contexts and answers: SQuAD's JSON, or a table with a question a row.

An answer's start counts characters (code points) of its context, from 0. A start at which the
answer does not stand is refused, with the way of counting in which it would: it is never moved.
Answers without a start are found where they occur once. A table's ``answer`` may be a text, a list
of texts, or what Hugging Face writes: ``{"text": ["…"], "answer_start": [0]}``.

A model can not say that a text holds no answer, so questions without one are left out.
Sources: Rajpurkar 2016 (SQuAD 1.1), Rajpurkar 2018 (SQuAD 2.0), Lim 2019 (KorQuAD 1.0).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from madang.datasets.card import Question
from madang.datasets.own.columns import Columns, say_which
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.offset import counted_otherwise
from madang.datasets.table.compression import kind_of
from madang.datasets.table.encoding import read_text
from madang.datasets.table.reader import as_text, is_missing, open_table
from madang.datasets.table.table import Table
from madang.errors import DataError
from madang.text.unicode import replace_surrogates

SHOWN = 40

WITHOUT_ANSWER = "without an answer"
BLANK = "without a question or a context"
NOT_THERE = "with an answer that does not occur in the context"
AMBIGUOUS = "with an answer that occurs more than once and has no start"


class _Asked(NamedTuple):
    """A question as a file has it, at a ``place``; answers with the starts that are given."""

    place: str
    context: str
    question: str
    answers: list[tuple[str, int | None]]
    group: str | None


def read(path: Path, columns: Columns, notes: Notes) -> Iterator[Question]:
    """Yield the questions of a file that can be answered, and count the others.

    A context belongs to the article in which it is met first. Where all are of one article,
    contexts have no group, since nothing could be held out.

    Raises ``DataError`` for what is neither SQuAD's JSON nor a table with such columns, and for an
    answer that does not stand at its start.
    """
    articles = _articles(path, columns)
    entries = list(_rows(path, columns) if articles is None else _squad(path, articles))
    groups: dict[str, str | None] = {}
    for asked in entries:
        groups.setdefault(asked.context, asked.group)
    is_parted = len(set(groups.values())) > 1
    for asked in entries:
        group = groups[asked.context] if is_parted else None
        found = _fault(asked) or _placed(asked._replace(group=group), path)
        if isinstance(found, Question):
            yield found
        else:
            notes.left_out[found] += 1


def _fault(asked: _Asked) -> str:
    """Return why a question can not be learned from, "" where it may be."""
    if is_missing(asked.context) or is_missing(asked.question):
        return BLANK
    return "" if asked.answers else WITHOUT_ANSWER


def _placed(asked: _Asked, path: Path) -> Question | str:
    """Return a question with the first answer that has a place, or why there is none."""
    places: list[tuple[str, int]] = []
    fault = ""
    for answer, start in asked.answers:
        if start is not None:
            _check_start(asked, answer, start, path)
            places.append((answer, start))
        elif asked.context.count(answer) == 1:
            places.append((answer, asked.context.index(answer)))
        else:
            fault = fault or (AMBIGUOUS if answer in asked.context else NOT_THERE)
    if not places:
        return fault
    answer, start = places[0]
    others = dict.fromkeys(text for text, _ in asked.answers if text != answer)
    return Question(
        context=asked.context,
        question=asked.question,
        start=start,
        answer=answer,
        group=asked.group,
        other_answers=tuple(others),
    )


def _check_start(asked: _Asked, answer: str, start: int, path: Path) -> None:
    found = asked.context[max(start, 0) : max(start, 0) + len(answer)]
    if start < 0 or found != answer:
        raise DataError(
            f"{path}, {asked.place}: the answer {answer[:SHOWN]!r} does not stand at character "
            f"{start} of its context; {found[:SHOWN]!r} does. "
            f"{counted_otherwise(asked.context, answer, start)}Count characters from 0, or give "
            f"no start: an answer that occurs once is found."
        )


def _articles(path: Path, columns: Columns) -> list[Any] | None:
    """Return the articles of a file in SQuAD's form, None for another file."""
    if kind_of(path) != ".json":
        return None
    try:
        content = json.loads(read_text(path, columns.encoding))
    except (ValueError, RecursionError):
        return None  # JSON lines, or an error that the reader of tables words
    articles = content.get("data") if isinstance(content, dict) else content
    if not isinstance(articles, list) or not articles:
        return None
    is_table = isinstance(content, list)
    first = articles[0]
    has_paragraphs = isinstance(first, dict) and "paragraphs" in first
    return None if is_table and not has_paragraphs else articles


def _squad(path: Path, articles: Sequence[Any]) -> Iterator[_Asked]:
    for number, article in enumerate(articles, start=1):
        place = f"article {number}"
        group = as_text(article.get("title")) if isinstance(article, dict) else ""
        paragraphs = _part(article, "paragraphs", list, path, place)
        for index, paragraph in enumerate(paragraphs, start=1):
            within = f"{place}, paragraph {index}"
            context = replace_surrogates(_part(paragraph, "context", str, path, within))
            for entry in _part(paragraph, "qas", list, path, within):
                question = _part(entry, "question", str, path, within)
                here = f"{within}, question {entry.get('id', question[:SHOWN])!r}"
                given = entry.get("answers", entry.get("answer"))
                is_impossible = entry.get("is_impossible") in (True, "true", "True", 1)
                answers = [] if is_impossible else _answers(given, f"{path}, {here}")
                yield _Asked(here, context, replace_surrogates(question), answers, group or None)


def _part(record: Any, key: str, kind: type, path: Path, place: str) -> Any:
    found = record.get(key) if isinstance(record, dict) else None
    if not isinstance(found, kind):
        word = "a list" if kind is list else "a text"
        raise DataError(
            f"{path}, {place}: {key} is {str(found)[:SHOWN]!r}, not {word}. SQuAD's form is "
            f'{{"data": [{{"title": …, "paragraphs": [{{"context": …, "qas": [{{"question": …, '
            f'"answers": [{{"text": …, "answer_start": 0}}]}}]}}]}}]}}.'
        )
    return found


def _rows(path: Path, columns: Columns) -> Iterator[_Asked]:
    """Yield the questions of a table."""
    wanted = (columns.question, columns.context)
    with open_table(path, columns, wanted=wanted) as table:
        question, context = (
            table.position(getattr(columns, role), advice=say_which(role))
            for role in ("question", "context")
        )
        answer = table.position(columns.named("answer", table.columns), advice=say_which("answer"))
        start = _optional(table, columns.named("start", table.columns))
        group = _optional(table, columns.group)
        for row in table.rows:
            place = f"line {row.line}"
            given = None if start is None else row.cells[start]
            answers = _answers(row.cells[answer], f"{path}, {place}", starts=given)
            yield _Asked(
                place,
                replace_surrogates(as_text(row.cells[context])),
                replace_surrogates(as_text(row.cells[question])),
                answers,
                as_text(row.cells[group]) or None if group is not None else None,
            )


def _optional(table: Table, name: str) -> int | None:
    return table.position(name) if name in table.columns else None


def _answers(given: Any, place: str, *, starts: Any = None) -> list[tuple[str, int | None]]:
    """Return the answers in a cell with their starts, those that are blank left out.

    ``starts`` are those of a cell of their own, where the answers do not bring theirs.
    """
    if isinstance(given, str):
        given = [] if is_missing(given) else _parsed(given)
    if not isinstance(given, Mapping) and not is_missing(as_text(starts)):
        given = {"text": _listed(given), "answer_start": _listed(_parsed(starts))}
    if isinstance(given, Mapping):
        given = _by_column(given, place)
    found: list[tuple[str, int | None]] = []
    for each in _listed(given):
        text, start = each, None
        if isinstance(each, Mapping):
            text, start = each.get("text"), each.get("answer_start", each.get("start"))
        text = replace_surrogates(as_text(text))
        if text.strip():
            found.append((text, None if start is None else _start(start, place)))
    return found


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list | tuple) else [given]


def _parsed(given: Any) -> Any:
    """Return the JSON in a cell; a text that only begins like JSON is an answer itself."""
    if not isinstance(given, str) or given.lstrip()[:1] not in ("{", "["):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def _by_column(given: Mapping[str, Any], place: str) -> list[Any]:
    """Return the answers of a mapping, one by one, where it lists texts and starts side by side."""
    if not isinstance(given.get("text"), list | tuple):
        return [given] if given else []
    texts = given["text"]
    starts = given.get("answer_start") or [None] * len(texts)
    if len(starts) != len(texts):
        raise DataError(
            f"{place}: there are {len(texts)} texts of answers, but {len(starts)} starts. Give one "
            f"each."
        )
    return [{"text": text, "start": start} for text, start in zip(texts, starts, strict=True)]


def _start(given: Any, place: str) -> int:
    try:
        start = float(given)  # pandas writes whole numbers as 12.0 where a column has gaps
    except (TypeError, ValueError):
        start = 0.5
    if isinstance(given, bool) or not start.is_integer():
        raise DataError(
            f"{place}: the answer's start is {str(given)[:SHOWN]!r}; it is the number of the "
            f"character where the answer begins, from 0."
        )
    return int(start)


QUESTION = Form(
    kind=Question,
    read=read,
    side=lambda row: row.group or row.context,
    asked=lambda row: (row.context, row.question),
    answer=lambda row: (row.start, row.answer),
)

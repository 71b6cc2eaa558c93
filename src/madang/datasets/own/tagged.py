"""Own files with texts and the entities in them, in each notation that people have.

``tokens``: a token and its tag a line (``token_lines.py``), or lists of both a row; the text is the
tokens with a space between them. ``characters``: the same with a character a line, as in KLUE; the
text is the characters as they stand, and spaces are some of them. ``inline``: marked texts, in the
column ``text`` or a line each (``inline_marks.py``). ``spans``: a list of entities beside a text
(``entity_list.py``). Which one a file has is found where it can be one alone.

Words are read as they are tagged: where ``서울에서`` is the place, its particle belongs to it.
"""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from madang.datasets.card import Entity, TaggedText
from madang.datasets.own import inline_marks, token_lines
from madang.datasets.own.columns import Columns, say_which
from madang.datasets.own.entity_list import is_list, read_entities
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.inline_marks import Marked, has_marks
from madang.datasets.own.token_tags import is_tag
from madang.datasets.own.token_text import Found, token_texts
from madang.datasets.table.compression import kind_of
from madang.datasets.table.encoding import read_text
from madang.datasets.table.layout import SEPARATOR_LINE, SEPARATORS, first_row
from madang.datasets.table.reader import JSON, PARQUET, as_text, check_kind, is_missing, open_table
from madang.datasets.table.table import Table
from madang.errors import DataError
from madang.text.unicode import (
    is_hidden,
    replace_surrogates,
)

SHOWN = 60
TOKENS = ("tokens", "characters")
BLANK_EDGES = "entities with white space at an end, read as outside of them"
TWICE = "entities that stand twice at one place, read once"
HOW = (
    "Entities are written in one of four notations: tokens (서울<tab>B-LOC, a blank line between "
    "sentences), characters (the same with a character a line), inline (<서울:LOC>에 산다), spans "
    '({"text": "서울에 산다", "entities": [[0, 2, "LOC"]]}). Name it: notation = "tokens" (in a '
    "recipe, below [table]), --notation tokens (on the command line)."
)


def read(path: Path, columns: Columns, notes: Notes) -> Iterator[TaggedText]:
    """Yield the texts of a file with their entities, in order.

    Blank texts and those whose entities overlap are left out, and counted. Raises ``DataError`` for
    a notation that is in doubt, and for entities that do not fit their text.
    """
    check_kind(path)
    has_texts = has_entities = False
    for found in _texts(path, columns, notes):
        if all(map(is_hidden, found.text)):
            notes.left_out["without a text"] += 1
            continue
        entities = _checked(found, notes)
        has_texts = True
        has_entities |= bool(entities)
        if any(before.end > after.start for before, after in itertools.pairwise(entities)):
            notes.left_out["with entities that overlap"] += 1
        else:
            yield TaggedText(found.text, tuple(entities))
    if has_texts and not has_entities:
        raise DataError(f"{path} has no entity. {HOW}")


def _texts(path: Path, columns: Columns, notes: Notes) -> Iterator[Found]:
    """Yield the texts of a file in the notation that is named, else in the one that fits."""
    notation = columns.notation
    if kind_of(path) in (*JSON, *PARQUET):
        return _table_texts(path, columns, notes)
    text = read_text(path, columns.encoding)
    lines = token_lines.text_lines(text)
    if notation not in TOKENS and (notation == "spans" or _is_table(text, columns)):
        return _table_texts(path, columns, notes)
    if notation in TOKENS or (notation == "auto" and token_lines.looks_tagged(lines, columns)):
        return token_texts(path, token_lines.read_sentences(path, text, columns), columns, notes)
    if notation == "inline" or any(has_marks(line, notes.wanted) for line in lines):
        numbered = enumerate(lines, start=1)
        marked = [
            Marked(f"{path}, line {number}", line) for number, line in numbered if line.strip()
        ]
        return itertools.starmap(Found, inline_marks.read_texts(marked, notes.wanted))
    raise DataError(f"{path} does not tell how its entities are written. {HOW}")


def _is_table(text: str, columns: Columns) -> bool:
    """Say whether a file's columns, named by its first line or by ``header``, hold texts."""
    if columns.header:
        return columns.text in columns.header
    signs = [columns.separator] if columns.separator else SEPARATORS
    lines = (line for line in token_lines.text_lines(text) if line.strip())
    first = next((line for line in lines if not line.startswith(SEPARATOR_LINE)), "")
    rows = [first_row(first, sign, quotes=True) for sign in signs]
    return any(
        columns.text in map(str.strip, cells) and not is_tag(cells[-1].strip()) for cells in rows
    )


def _table_texts(path: Path, columns: Columns, notes: Notes) -> Iterator[Found]:
    """Yield the texts of a table, whose entities are tags, marks or a list."""
    with open_table(path, columns, wanted=[columns.text]) as table:
        names = {columns.named(role, table.columns) for role in ("token", "tag")}
        if columns.notation in TOKENS or (columns.notation == "auto" and names <= {*table.columns}):
            sentences = list(token_lines.read_lists(table, columns))
            yield from token_texts(path, sentences, columns, notes)
            return
        column = table.position(columns.text, advice=say_which("text"))
        rows = [
            (f"{path}, line {row.line}", replace_surrogates(as_text(row.cells[column])), row.cells)
            for row in table.rows
        ]
        beside = _column_of_entities(table, columns, [cells for *_, cells in rows])
    if beside is None:
        marked = [Marked(place, text) for place, text, _ in rows]
        if columns.notation == "auto" and not any(
            has_marks(each.text, notes.wanted) for each in marked
        ):
            raise DataError(f"{path} does not tell how its entities are written. {HOW}")
        yield from itertools.starmap(Found, inline_marks.read_texts(marked, notes.wanted))
    elif columns.notation != "inline" and _has_lists(beside, [cells for *_, cells in rows]):
        for place, text, cells in rows:
            yield Found(place, text, read_entities(cells[beside], text, place=place))
    else:
        copies = [Marked(place, as_text(cells[beside])) for place, _, cells in rows]
        read = inline_marks.read_texts(copies, notes.wanted)
        for (place, text, _), (_, copy, spans) in zip(rows, read, strict=True):
            _check_copy(place, text, copy)
            yield Found(place, text, spans)


def _column_of_entities(
    table: Table, columns: Columns, rows: Sequence[Sequence[Any]]
) -> int | None:
    """Return the column that holds the entities of each text, None where texts are marked.

    A ``label`` is one only where it holds lists: it may as well be the label of the text.
    """
    name = columns.named("entities", table.columns)
    if columns.notation == "spans" or (name == columns.entities and name in table.columns):
        return table.position(name, advice=say_which("entities"))
    if name not in table.columns:
        return None
    place = table.position(name)
    return place if _has_lists(place, rows) else None


def _has_lists(place: int, rows: Sequence[Sequence[Any]]) -> bool:
    first = next((cells[place] for cells in rows if not is_missing(as_text(cells[place]))), None)
    return is_list(first)


def _check_copy(place: str, text: str, copy: str) -> None:
    if copy != text:
        raise DataError(
            f"{place}: without its marks the entities' copy of the text is {copy[:SHOWN]!r}, but "
            f"the text is {text[:SHOWN]!r}. Give both alike, or the marked text alone."
        )


def _checked(found: Found, notes: Notes) -> list[Entity]:
    """Return the entities of a text in order, none twice, without white space at their ends."""
    entities: dict[Entity, None] = {}
    for start, end, type in found.spans:
        inner = [place for place in range(start, end) if not is_hidden(found.text[place])]
        if not inner:
            raise DataError(
                f"{found.place}: an entity of the type {type} is blank. Mark what is named, or "
                f"take the mark away."
            )
        entity = Entity(inner[0], inner[-1] + 1, type)
        _check_whole(found, entity)
        notes.changed[BLANK_EDGES] += (entity.start, entity.end) != (start, end)
        notes.changed[TWICE] += entity in entities
        entities[entity] = None
    return sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type))


def _check_whole(found: Found, entity: Entity) -> None:
    """Refuse an entity that begins or ends within a syllable, where places were counted in NFC."""
    for place in (entity.start, entity.end):
        if place < len(found.text) and "\u1160" <= found.text[place] <= "\u11ff":
            raise DataError(
                f"{found.place}: an entity of the type {entity.type} begins or ends within a "
                f"syllable, at character {place}. The text is written in parts of syllables (NFD): "
                f"count those, or write text and places in NFC."
            )


TAGGED = Form(
    kind=TaggedText,
    read=read,
    side=lambda row: row.text,
    asked=lambda row: row.text,
    answer=lambda row: row.entities,
    labels=lambda row: tuple(sorted({entity.type for entity in row.entities})),
)

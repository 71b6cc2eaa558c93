"""A list of entities beside a text, as ``madang tag``, doccano, spaCy and Prodigy write it.

``[{"start": 0, "end": 2, "type": "LOC"}]`` or ``[[0, 2, "LOC"]]``, as JSON in delimited text.
Places are characters (code points), the end excluded. Where an entity brings its text, that must
stand there; nothing is moved.
"""

import json
from collections.abc import Mapping
from typing import Any

from madang.datasets.own.offset import counted_otherwise
from madang.errors import DataError
from madang.text.markup import Span

STARTS, ENDS = ("start", "begin", "start_offset"), ("end", "end_offset")
TYPES = ("type", "label", "entity_group")
SHOWN = 60
FORM = '[{"start": 0, "end": 2, "type": "LOC"}] or [[0, 2, "LOC"]]'


def is_list(cell: Any) -> bool:
    """Say whether a cell is a list, or one as JSON.

    >>> is_list([]), is_list('[[0, 2, "LOC"]]'), is_list("[속보] 서울")
    (True, True, False)
    """
    return isinstance(_parsed(cell), list)


def read_entities(cell: Any, text: str, *, place: str) -> list[Span]:
    """Return the entities in a cell; ``DataError`` for what is no list of entities of the text."""
    listed = _parsed(cell)
    if not isinstance(listed, list):
        raise DataError(
            f"{place}: the entities are {str(cell)[:SHOWN]!r}; give a list: {FORM}, and [] for a "
            f"text without any."
        )
    return [_entity(entry, text, place=place) for entry in listed]


def _parsed(cell: Any) -> Any:
    if isinstance(cell, tuple):
        return list(cell)
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _entity(entry: Any, text: str, *, place: str) -> Span:
    if isinstance(entry, Mapping):
        start, end, type = (_first(entry, names) for names in (STARTS, ENDS, TYPES))
        said = entry.get("text")
    else:
        start, end, type, *_ = [*entry, None, None, None] if isinstance(entry, list) else [None] * 3
        said = None
    if not _is_place(start) or not _is_place(end) or not isinstance(type, str) or not type.strip():
        raise DataError(
            f"{place}: an entity is {str(entry)[:SHOWN]}; it must have a start, an end and a type: "
            f"{FORM}."
        )
    start, end = int(start), int(end)
    if not 0 <= start < end <= len(text):
        raise DataError(
            f"{place}: an entity of the type {type} goes from character {start} to {end}, but the "
            f"text has {len(text)} characters. Count characters from 0; the end is the first that "
            f"is no longer part of it."
        )
    if isinstance(said, str) and said != text[start:end]:
        raise DataError(
            f"{place}: from character {start} to {end} stands {text[start:end][:SHOWN]!r}, but the "
            f"entity is {said[:SHOWN]!r}. {counted_otherwise(text, said, start)}Count characters "
            f"(code points) from 0."
        )
    return start, end, type.strip()


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if name in entry), None)


def _is_place(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and float(value).is_integer()

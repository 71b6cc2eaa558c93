"""Own files with a text and any number of labels a row: in one cell, or a column for each label.

A cell names labels as ``욕설|차별``, ``욕설; 차별``, ``욕설, 차별`` or as a JSON list; an empty one
means that the text has none. Where the labels that a recipe names are columns, a row has those in
which 1 stands.
"""

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from madang.datasets.card import MultiLabelText
from madang.datasets.own.columns import Columns
from madang.datasets.own.form import Form, Notes
from madang.datasets.own.label import is_unlabelled, label_name
from madang.datasets.table.reader import as_text, is_missing, open_table, read_records
from madang.errors import DataError

SEPARATORS = ("|", ";", ",")
YES, NO = frozenset({"1", "true", "yes", "y", "o"}), frozenset({"0", "false", "no", "n", "x", ""})


def read(path: Path, columns: Columns, notes: Notes) -> Iterator[MultiLabelText]:
    """Yield the rows of a file by its columns ``text`` and ``labels``, or a column for each label.

    Raises ``DataError`` for a file that has neither, and a cell of a label's column that says
    neither yes nor no.
    """
    with open_table(path, columns, wanted=[columns.text]) as table:
        present = set(table.columns)
    is_wide = bool(notes.wanted) and present.issuperset(notes.wanted)
    if columns.labels not in present and not is_wide:
        raise DataError(
            f"{path} has no column {columns.labels!r} with the labels of a text. Its columns: "
            f'{", ".join(table.columns)}. Name that column (labels = "NAME" in [table] of a '
            f"recipe, --labels NAME), or in the recipe the labels that have a column each: "
            f'[multi_label] labels = ["…", "…"].'
        )
    roles = {"text": columns.text}
    # The roles of a label's columns can not be those of the text.
    roles |= (
        {f"is {name}": name for name in notes.wanted} if is_wide else {"labels": columns.labels}
    )
    for line, record in read_records(path, columns, roles):
        text = as_text(record["text"])
        if is_missing(text):
            notes.left_out["without a text"] += 1
            continue
        found = (
            [name for name in notes.wanted if _says_yes(record, name, path, line)]
            if is_wide
            else names_in(record["labels"])
        )
        numbers = sorted({notes.number(name) for name in found})
        yield MultiLabelText(text=text, labels=tuple(numbers))


def names_in(cell: Any) -> list[str]:
    """Return the names of the labels in a cell.

    >>> names_in("욕설 | 차별"), names_in('["욕설, 심함"]'), names_in(""), names_in("1.0,3")
    (['욕설', '차별'], ['욕설, 심함'], [], ['1', '3'])
    """
    parts = cell if isinstance(cell, list | tuple) else _split(as_text(cell).strip())
    named = (label_name(part) for part in parts)
    return [name for name in named if not is_unlabelled(name)]


def _split(text: str) -> list[Any]:
    if text.startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if isinstance(found, list):
            return found
    separator = next((sign for sign in SEPARATORS if sign in text), SEPARATORS[0])
    return text.split(separator)


def _says_yes(record: Mapping[str, Any], name: str, path: Path, line: int) -> bool:
    said = label_name(record[f"is {name}"]).lower()
    if said not in YES and said not in NO:
        raise DataError(
            f"{path}, line {line}: the column {name!r} is {said!r}; it must be 1 for a text that "
            f"has this label and 0 for another."
        )
    return said in YES


MULTI_LABEL = Form(
    kind=MultiLabelText,
    read=read,
    side=lambda row: row.text,
    asked=lambda row: row.text,
    answer=lambda row: row.labels,
    labels=lambda row: row.labels,
    relabel=lambda row, numbers: dataclasses.replace(
        row, labels=tuple(sorted(numbers[label] for label in row.labels))
    ),
)

"""Open a table of any kind and read its rows one by one, however many there are.

Whatever the file is, a table is its columns and an iterator over rows: delimited text in any
notation, JSON lines (one object a line), a JSON list of objects, Parquet. A file ending in ``.gz``
is unpacked on the way.
"""

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from madang.datasets.table.compression import kind_of, open_bytes
from madang.datasets.table.delimited import open_delimited
from madang.datasets.table.layout import Layout
from madang.datasets.table.records import open_json, open_parquet
from madang.datasets.table.table import Table
from madang.errors import DataError

PARQUET, JSON = (".parquet",), (".jsonl", ".ndjson", ".json")
# What people keep tables in. A file that exists is read as delimited text whatever its name.
DELIMITED = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data", ".inter")
SUFFIXES = (*DELIMITED, *JSON, *PARQUET)
PACKED_SUFFIXES = tuple(f"{each}.gz" for each in (*DELIMITED, *JSON))
# The first bytes of files that hold tables and are none, and what to do with each.
OTHERS = {
    b"PK\x03\x04": (
        "a spreadsheet or an archive",
        "Open it and save the sheet as 'CSV UTF-8', or unpack it",
    ),
    b"\xd0\xcf\x11\xe0": ("an old spreadsheet", "Open it and save the sheet as 'CSV UTF-8'"),
    b"SQLite format 3": ("a database", "Export the table from it as CSV"),
    b"%PDF": ("a PDF", "Export the table as CSV"),
}
SQL = ("INSERT INTO", "CREATE TABLE", "-- MySQL dump", "-- PostgreSQL database dump")
LAYOUT = Layout()
ADVICE = 'Say which holds the {role}: --{role} NAME (in a recipe, below [table]: {role} = "NAME").'
# What programs write where there is nothing.
MISSING = frozenset({"nan", "null", "none", "n/a", "na", "<na>", "#n/a", "nil", "\\n"})


def is_path(name: str) -> bool:
    """Say whether a name is that of a file, and not of a data set.

    >>> is_path("mine/decisions.csv"), is_path("nsmc")
    (True, False)
    """
    is_named_so = name.lower().endswith((*SUFFIXES, *PACKED_SUFFIXES))
    return is_named_so or "/" in name or os.path.isfile(name)  # noqa: PTH113 - or too long a name


def as_text(cell: Any) -> str:
    """Return a cell as the text that CSV would hold.

    >>> as_text(None), as_text(3.0), as_text(True), as_text("가")
    ('', '3.0', 'True', '가')
    """
    return "" if cell is None else cell if isinstance(cell, str) else str(cell)


def is_missing(text: str) -> bool:
    """Say whether a cell holds nothing, or a word that programs write for nothing.

    >>> is_missing(" "), is_missing("NaN"), is_missing("Nana")
    (True, True, False)
    """
    plain = text.strip()
    return not plain or plain.lower() in MISSING


@contextmanager
def open_table(
    path: Path, layout: Layout = LAYOUT, *, wanted: Sequence[str] = ()
) -> Iterator[Table]:
    """Open a table; the columns in ``wanted`` help to find its separator.

    Raises ``DataError``, also while rows are read, for what can not be read as one table.
    """
    path = Path(path)
    check_kind(path, layout)
    if kind_of(path) in PARQUET:
        yield open_parquet(path)
    elif kind_of(path) in JSON:
        with open_json(path, layout) as table:
            yield table
    else:
        with open_delimited(path, layout, wanted=wanted) as table:
            yield table


def read_records(
    path: Path, layout: Layout, columns: Mapping[str, str], *, optional: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield line and cells of each row, by the roles that ``columns`` maps to columns' names.

    A role in ``optional`` whose column is not there has no cell. Raises as ``open_table`` does.
    """
    needed = [name for role, name in columns.items() if role not in optional]
    with open_table(path, layout, wanted=needed) as table:
        present = {
            role: table.position(name, advice=ADVICE.format(role=role))
            for role, name in columns.items()
            if role not in optional or name in table.columns
        }
        for row in table.rows:
            yield row.line, {role: row.cells[place] for role, place in present.items()}


def check_kind(path: Path, layout: Layout = LAYOUT) -> None:
    """Refuse with ``DataError`` what holds no table as it is, and say what to do with it."""
    with open_bytes(path) as file:
        beginning = file.read(4096)
    for mark, (what, advice) in OTHERS.items():
        if beginning.startswith(mark):
            raise DataError(f"{path} is {what}, not a table of text. {advice}.")
    if any(word.encode() in beginning for word in SQL):
        raise DataError(
            f"{path} is a dump of a database: commands, not a table. Read it into its database and "
            f"export the table as CSV, for example: mysql --batch -e 'SELECT * FROM posts' NAME > "
            f"posts.tsv"
        )
    if not beginning:
        raise DataError(f"{path} is empty. Give a file with a line of names and rows below it.")
    fields = [each.name for each in dataclasses.fields(Layout)]
    is_said = any(getattr(layout, name) != getattr(LAYOUT, name) for name in fields)
    if kind_of(path) in PARQUET and is_said:
        raise DataError(
            f"{path} says itself how it is written. Leave encoding, separator, header and quotes "
            f"out."
        )

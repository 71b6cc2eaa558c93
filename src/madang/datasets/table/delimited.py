"""Rows of delimited text: CSV and its relatives, read by Python's ``csv``."""

import codecs
import csv
import io
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from madang.datasets.table.compression import open_bytes
from madang.datasets.table.encoding import decoding, find_encoding
from madang.datasets.table.layout import Layout, Notation, find_notation, named
from madang.datasets.table.table import Row, Table
from madang.errors import DataError

BEGINNING = 1 << 20
# Stands for a separator of two signs, which ``csv`` can not split at; no text holds it.
UNIT = "\x1f"


@contextmanager
def open_delimited(path: Path, layout: Layout, *, wanted: Sequence[str] = ()) -> Iterator[Table]:
    """Open a file of delimited text; see ``reader.open_table``."""
    notation = read_notation(path, layout, wanted=wanted)
    with (
        decoding(path, notation.encoding),
        _any_field_size(),
        open_bytes(path) as unpacked,
        io.TextIOWrapper(unpacked, encoding=notation.encoding, newline="") as file,
    ):
        rows = _rows(path, file, notation)
        yield Table(path=path, columns=notation.columns, rows=rows, notation=notation)


def read_notation(path: Path, layout: Layout, *, wanted: Sequence[str] = ()) -> Notation:
    """Return how a file is written, by its beginning; raises as ``find_notation`` does."""
    encoding = find_encoding(path, layout.encoding)
    with open_bytes(path) as file, decoding(path, encoding):
        content = file.read(BEGINNING)
        is_whole = len(content) < BEGINNING
        beginning = codecs.getincrementaldecoder(encoding)().decode(content, final=is_whole)
    if "\0" in beginning:
        raise DataError(
            f"{path} is no text, or UTF-16 without its mark: --encoding utf-16-le (in a recipe: "
            f'encoding = "utf-16-le"), or save it as UTF-8.'
        )
    return find_notation(beginning, layout, path=path, encoding=encoding, wanted=wanted)


def _rows(path: Path, file: TextIO, notation: Notation) -> Iterator[Row]:
    """Yield the rows without the header, all of one width; empty lines are no rows."""
    for _ in range(notation.num_skipped):
        next(file)
    width = len(notation.columns)
    is_header = notation.has_header
    for line, row in _split(path, file, notation):
        if not row:
            if width != 1 or is_header:
                continue
            row = [""]
        if is_header:
            is_header = False
            continue
        if len(row) != width:
            raise DataError(
                f"{path}, line {line}: {len(row)} cells, but there are {width} columns, split at "
                f"{named(notation.separator)}. Put cells that hold {named(notation.separator)} in "
                f"quotes, or name another separator."
            )
        yield Row(line, row)


def _split(path: Path, file: TextIO, notation: Notation) -> Iterator[tuple[int, list[str]]]:
    """Yield each line's number and cells."""
    is_long = len(notation.separator) > 1
    separator = UNIT if is_long else notation.separator
    lines = (line.replace(notation.separator, UNIT) for line in file) if is_long else file
    reader = csv.reader(
        lines,
        strict=True,
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if notation.quotes else csv.QUOTE_NONE,
    )
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            line = reader.line_num + notation.num_skipped
            raise _misquoted(path, line, str(error), notation) from error
        if row is None:
            return
        line = reader.line_num + notation.num_skipped
        # A quote that opens a text swallows what follows up to the next such text.
        if separator == "\t" and any("\t" in cell and "\n" in cell for cell in row):
            raise _misquoted(path, line, "a cell in quotes holds tabs and lines", notation)
        yield line, row


def _misquoted(path: Path, line: int, fault: str, notation: Notation) -> DataError:
    return DataError(
        f"{path}, line {line}: {fault}. A cell that holds {named(notation.separator)}, a quote or "
        f'a line break stands in quotes, and a quote inside it is doubled: "a ""b"" c". Where '
        f'quotes belong to the text: --quotes no (in a recipe: quotes = "no").'
    )


@contextmanager
def _any_field_size() -> Iterator[None]:
    """Read fields of any length; the standard limit is 128 KiB, and posts may be longer."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)

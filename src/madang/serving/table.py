"""Answers beside the rows of a CSV file: read, answer and write a few rows at a time, in order.

Nothing is guessed: a file that is not UTF-8, a row of another width and a quote that never closes
stop the run with their place, because each of them would put labels beside the wrong text. What
the reader's program cares about (byte order mark, line ends) is written as it was read.
"""

import codecs
import csv
import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count, tee
from pathlib import Path
from typing import NamedTuple, TextIO

from madang import storage
from madang.errors import DataError, SettingError

ROWS_AT_ONCE = 64
UNCHANGED = "What stood there is unchanged. Free some space, or give a folder that may be written."


@dataclasses.dataclass(frozen=True)
class Extension:
    """Columns that a table gets, and what fills them: texts in, the cells of each out, in order."""

    columns: tuple[str, ...]
    answer: Callable[[Iterator[str]], Iterator[Sequence[str]]]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TableResult:
    """How many rows were answered, and the columns that had to be kept under another name."""

    num_rows: int
    renamed: dict[str, str]


def extend_table(
    extension: Extension,
    source: Path,
    output: Path,
    *,
    column: str = "text",
    report: Callable[[int], None] = lambda num_rows: None,
) -> TableResult:
    """Write ``source`` to ``output`` with the columns of ``extension`` added.

    A column of such a name that is already there is kept as ``label_original``. ``report`` is told
    how many rows are done. The output appears whole or not at all.

    Raises ``DataError`` for a file that can not be read or written as one table, and
    ``SettingError`` when the output would overwrite the input.
    """
    source, output = Path(source), Path(output)
    if source.is_file() and output.exists() and output.samefile(source):
        raise SettingError(f"Input and output are both {source}. Give the output another name.")
    num_rows = 0
    with (
        written(f"{source} can not be turned into {output}"),
        _opened(source, column) as (encoding, line_end, header, position, rows),
        storage.replacing(output) as temporary,
        temporary.open("w", encoding=encoding, newline="") as target,
    ):
        renamed = rename_taken(header, extension.columns)
        writer = csv.writer(_Lines(target, line_end), lineterminator="\r\n")
        writer.writerow([*(renamed.get(name, name) for name in header), *extension.columns])
        kept, judged = tee(rows)
        answers = extension.answer(row[position] for row in judged)
        for row, cells in zip(kept, answers, strict=True):
            writer.writerow([*row, *cells])
            num_rows += 1
            report(num_rows)
    return TableResult(num_rows=num_rows, renamed=renamed)


def read_texts(source: Path, *, column: str = "text") -> Iterator[str]:
    """Yield the texts of one column of a CSV file, in order.

    Raises ``DataError`` for a file that can not be read as one table.
    """
    with _opened(Path(source), column) as (_, _, _, position, rows):
        yield from (row[position] for row in rows)


@contextmanager
def written(fault: str, advice: str = UNCHANGED) -> Iterator[None]:
    """Turn an error of the disk into a ``DataError`` that says what did not come about."""
    try:
        yield
    except BrokenPipeError:  # whoever reads the output has read enough
        raise
    except OSError as error:
        raise DataError(f"{fault} ({error.strerror or error}). {advice}") from error


def rename_taken(columns: Sequence[str], added: Sequence[str]) -> dict[str, str]:
    """Return new names for the columns that would clash with the added ones.

    >>> rename_taken(["text", "label", "label_original"], ["label", "probability"])
    {'label': 'label_original_2'}
    """
    renamed: dict[str, str] = {}
    taken = {*columns, *added}
    for name in added:
        if name in columns:
            plain = f"{name}_original"
            candidates = chain([plain], (f"{plain}_{number}" for number in count(2)))
            renamed[name] = next(new for new in candidates if new not in taken)
    return renamed


class _Lines:
    """A file to which rows that end in CRLF are written with another line end.

    ``csv`` quotes only the line breaks that occur in its own line end, and every reader takes a
    lone carriage return outside quotes for the end of a row: asked for CRLF, it quotes both.
    """

    def __init__(self, target: TextIO, line_end: str) -> None:
        self._target = target
        self._line_end = line_end

    def write(self, row: str) -> None:
        """Write one row."""
        self._target.write(row.removesuffix("\r\n") + self._line_end)


class _Table(NamedTuple):
    """A CSV file that is open: how it is written, its columns, and which of them is read."""

    encoding: str
    line_end: str
    header: list[str]
    position: int
    rows: Iterator[list[str]]


@contextmanager
def _opened(source: Path, column: str) -> Iterator[_Table]:
    """Open a CSV file; raises ``DataError``, also later, where it can not be read as one table."""
    if not source.is_file():
        raise DataError(f"There is no file {source}. Give the path of a CSV file in UTF-8.")
    with source.open("rb") as beginning:
        first = beginning.readline(1 << 20)
    encoding = "utf-8-sig" if first.startswith(codecs.BOM_UTF8) else "utf-8"
    line_end = "\r\n" if first.endswith(b"\r\n") else "\n"
    try:
        with _any_field_size(), source.open(encoding=encoding, newline="") as file:
            rows = _read_rows(source, file)
            header = next(rows, None)
            if header is None:
                raise DataError(f"{source} is empty. Its first row must name the columns: text,…")
            position = _find_column(source, header, column)
            yield _Table(encoding, line_end, header, position, rows)
    except UnicodeDecodeError as error:
        raise _not_utf8(source) from error


def _read_rows(source: Path, file: TextIO) -> Iterator[list[str]]:
    """Yield the rows, the header first, all of one width; empty lines are no rows."""
    reader = csv.reader(file, strict=True)
    width = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{source}, line {reader.line_num}: {error}. A field that holds a comma, a quote "
                f'or a line break stands in quotes, and a quote inside it is doubled: "a ""b"" c".'
            ) from error
        if row is None:
            return
        if not row:
            if width != 1:
                continue
            row = [""]
        width = width or len(row)
        if len(row) != width:
            raise DataError(
                f"{source}, line {reader.line_num}: {len(row)} fields, but the first row names "
                f"{width} columns. Put fields that hold a comma in quotes."
            )
        yield row


def _find_column(source: Path, header: Sequence[str], column: str) -> int:
    found = header.count(column)
    if found == 1:
        return header.index(column)
    listed = ", ".join(repr(name) for name in header)
    fault = "no column" if not found else f"{found} columns named"
    raise DataError(f"{source} has {fault} {column!r}. Its columns: {listed}. Name one: --column.")


def _not_utf8(source: Path) -> DataError:
    """Return the error that names the first byte that is not UTF-8, and its line."""
    place, number, byte = _first_undecodable(source)
    return DataError(
        f"{source} is not UTF-8: byte {place:,} (line {number:,}) is 0x{byte:02X}. Save it as "
        f"'CSV UTF-8', or convert it: iconv -f CP949 -t UTF-8 {source.name} > new.csv"
    )


def _first_undecodable(source: Path) -> tuple[int, int, int]:
    """Return place, line number and value of the first byte that is not UTF-8."""
    place = 0
    with source.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return place + error.start, number, line[error.start]
            place += len(line)
    raise AssertionError("a file whose lines decode, decodes")


@contextmanager
def _any_field_size() -> Iterator[None]:
    """Read fields of any length; the standard limit is 128 KiB, and posts may be longer."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)

"""Write a table in the notation in which another was read, or in that of its own name."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from madang.datasets.table.compression import kind_of
from madang.datasets.table.layout import SEPARATOR_LINE
from madang.datasets.table.reader import JSON, PARQUET, as_text
from madang.datasets.table.table import Table
from madang.errors import DataError, SettingError

WRITTEN = (".csv", ".tsv", ".jsonl", ".parquet")
Write = Callable[[Sequence[Any]], object]


def check_output(path: Path) -> None:
    """Raise ``SettingError`` for the name of a table that can not be written."""
    if kind_of(path) in (".xlsx", ".xls", ".json") or path.suffix == ".gz":
        raise SettingError(f"output is {path}; it may end in {', '.join(WRITTEN)}.")


@contextmanager
def write_table(path: Path, columns: Sequence[str], *, kind: str, like: Table) -> Iterator[Write]:
    """Yield what writes one row to ``path``, a file of a ``kind``, such as ``.csv``.

    Delimited text is written as ``like`` was read: encoding, separator, line ends. Raises
    ``DataError`` for a sign that its encoding does not have.
    """
    if kind in PARQUET:
        rows: list[Sequence[Any]] = []
        yield rows.append
        _write_parquet(path, columns, rows)
        return
    notation = like.notation
    encoding = notation.encoding if notation and kind not in JSON else "utf-8"
    try:
        with path.open("w", encoding=encoding, newline="") as target:
            if kind in JSON:
                yield lambda cells: target.write(_json_line(columns, cells))
            else:
                yield _delimited(target, columns, kind=kind, like=like)
    except UnicodeEncodeError as error:
        raise DataError(
            f"{error.object[error.start : error.end]!r} can not be written in {encoding}. Save the "
            f"input as UTF-8, or give an output that ends in .jsonl."
        ) from error
    except csv.Error as error:
        raise DataError(
            f"{path} can not hold such a row without quotes ({error}). Give an output that ends "
            f"in .jsonl."
        ) from error


def _delimited(target: TextIO, columns: Sequence[str], *, kind: str, like: Table) -> Write:
    """Write the header and return what writes a row below it."""
    notation = like.notation
    line_end = notation.line_end if notation else "\n"
    separator, quotes = ("\t" if kind == ".tsv" else ","), True
    # What knows no quotes, or a separator of two signs, can not hold every text.
    is_same_kind = kind == kind_of(like.path) or kind not in (".csv", ".tsv")
    if notation and len(notation.separator) == 1 and is_same_kind:
        separator, quotes = notation.separator, notation.quotes
    if notation and notation.has_separator_line and is_same_kind:
        target.write(f"{SEPARATOR_LINE}{separator}{line_end}")
    writer = csv.writer(
        _Lines(target, line_end),
        lineterminator="\r\n",
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE,
        quotechar='"' if quotes else None,
    )
    writer.writerow(columns)
    return lambda cells: writer.writerow([_cell(each) for each in cells])


def _cell(value: Any) -> str:
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return as_text(value)


def _json_line(columns: Sequence[str], cells: Sequence[Any]) -> str:
    record = dict(zip(columns, cells, strict=True))
    # Dates and the like, which Parquet has and JSON has not, become texts.
    return json.dumps(record, ensure_ascii=False, default=str) + "\n"


def _write_parquet(path: Path, columns: Sequence[str], rows: list[Sequence[Any]]) -> None:
    import polars as pl

    pl.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None).write_parquet(
        path
    )


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

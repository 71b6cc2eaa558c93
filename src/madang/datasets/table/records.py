"""Rows of files that name the column of each cell: JSON lines, JSON lists, Parquet."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from madang.datasets.table.compression import kind_of, open_bytes
from madang.datasets.table.encoding import decoding, find_encoding
from madang.datasets.table.layout import Layout
from madang.datasets.table.table import Row, Table
from madang.errors import DataError, SettingError

ROWS_AT_ONCE = 50_000


@contextmanager
def open_json(path: Path, layout: Layout) -> Iterator[Table]:
    """Open JSON lines, or a JSON list of objects, which is read whole.

    JSON lines are read twice: the columns are all keys of all records, in the order in which they
    come up. Raises ``DataError`` for what is neither, with the line.
    """
    if layout.separator or layout.header:
        raise DataError(f"{path} is JSON and names its columns. Leave separator and header out.")
    encoding = find_encoding(path, layout.encoding)
    columns: dict[str, None] = {}
    for _, record in _objects(path, encoding):
        columns.update(dict.fromkeys(record))
    names = tuple(columns)
    rows = (
        Row(line, [record.get(name) for name in names]) for line, record in _objects(path, encoding)
    )
    yield Table(path=path, columns=names, rows=rows)


def open_parquet(path: Path) -> Table:
    """Open a Parquet file.

    Raises ``SettingError`` where polars is not installed, ``DataError`` for a damaged file.
    """
    try:
        import polars as pl
    except ModuleNotFoundError as error:
        raise SettingError(
            f"{path} is Parquet, which needs polars: pip install 'madang[evaluate]'. Or save it as "
            f"CSV."
        ) from error
    try:
        lazy = pl.scan_parquet(path)
        columns = tuple(lazy.collect_schema())
        num_rows = lazy.select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{path} can not be read as Parquet ({error}). Copy it again.") from error

    def rows() -> Iterator[Row]:
        for start in range(0, num_rows, ROWS_AT_ONCE):
            part = lazy.slice(start, ROWS_AT_ONCE).collect()
            for number, cells in enumerate(part.iter_rows(), start=start + 1):
                yield Row(number, cells)

    return Table(path=path, columns=columns, rows=rows())


def _objects(path: Path, encoding: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the number of each record's line, or its own in a list, and the record."""
    with (
        decoding(path, encoding),
        open_bytes(path) as unpacked,
        # A text may hold other line ends than the one that parts two records.
        io.TextIOWrapper(unpacked, encoding=encoding, newline="\n") as file,
    ):
        if kind_of(path) == ".json" and file.read(1).lstrip("\ufeff \r\n\t") in ("[", ""):
            file.seek(0)
            yield from _listed(path, file.read())
            return
        file.seek(0)
        for line, text in enumerate(file, start=1):
            if text.strip():
                yield line, _object(path, f"line {line}", _parse(path, f"line {line}", text))


def _listed(path: Path, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    content = _parse(path, "the file", text)
    if not isinstance(content, list):
        content = [content]
    for number, record in enumerate(content, start=1):
        yield number, _object(path, f"record {number}", record)


def _parse(path: Path, place: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(
            f"{path}, {place} is not JSON: {error}. Give one object a line, or a list of them."
        ) from error


def _object(path: Path, place: str, record: Any) -> dict[str, Any]:
    if not isinstance(record, dict):
        raise DataError(
            f"{path}, {place} is no JSON object but {str(record)[:80]!r}. Give one object a line: "
            f'{{"text": "…", "label": "…"}}.'
        )
    return record

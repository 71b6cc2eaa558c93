"""Tables of any size as polars frames, every cell of delimited text a text.

polars reads UTF-8 without quotes and with separators of one sign. What is written otherwise is
first copied into such a file by the reader of rows, once a process, so that both read the same.
"""

import atexit
import collections
import csv
import functools
import mmap
import shutil
import tempfile
from pathlib import Path

import polars as pl

from madang.datasets.table.compression import PACKED, kind_of
from madang.datasets.table.delimited import read_notation
from madang.datasets.table.layout import Layout, Notation
from madang.datasets.table.reader import JSON, LAYOUT, PARQUET, as_text, check_kind, open_table
from madang.errors import DataError


def scan_table(path: Path, layout: Layout = LAYOUT, wanted: tuple[str, ...] = ()) -> pl.LazyFrame:
    """Return a table of any kind as a lazy frame; cells of delimited text and JSON are texts.

    Raises ``DataError`` for what can not be read as one table.
    """
    path = Path(path)
    check_kind(path, layout)
    if kind_of(path) in PARQUET:
        return pl.scan_parquet(path)
    if kind_of(path) not in JSON:
        notation = read_notation(path, layout, wanted=wanted)
        if _is_plain(notation) and path.suffix != PACKED and not _has_quotes(path, notation):
            return _scan_plain(path, notation)
    changed = path.stat()
    copy = _plain_copy(path, layout, wanted, changed.st_mtime_ns, changed.st_size)
    return pl.scan_csv(copy, infer_schema=False)


def collect(lazy: pl.LazyFrame, path: Path, layout: Layout = LAYOUT) -> pl.DataFrame:
    """Return what a lazy frame of a file holds; ``DataError`` where the file is no table."""
    try:
        return lazy.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        # The reader of rows names the line.
        with open_table(path, layout) as table:
            collections.deque(table.rows, maxlen=0)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} can not be read as a table ({reason}). Check the file.") from error


def _is_plain(notation: Notation) -> bool:
    """Say whether polars reads what is written so as the reader of rows does."""
    return (
        notation.encoding in ("utf-8", "utf-8-sig")
        and len(notation.separator) == 1
        and notation.separator.isascii()
        and notation.line_end != "\r"
    )


def _has_quotes(path: Path, notation: Notation) -> bool:
    """Say whether a file has quotes that are part of its notation.

    polars takes a quote within a cell for the beginning of one, and joins rows there in silence.
    """
    if not notation.quotes:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b'"') >= 0


def _scan_plain(path: Path, notation: Notation) -> pl.LazyFrame:
    return pl.scan_csv(
        path,
        separator=notation.separator,
        quote_char=None,
        has_header=False,
        schema=dict.fromkeys(_unique(notation.columns), pl.String()),
        skip_lines=notation.num_skipped + notation.has_header,
        # The first line below the header may be blank, from which polars would count no columns.
        missing_columns="insert",
    )


def _unique(columns: tuple[str, ...]) -> list[str]:
    """Return names of columns, the later of equal ones numbered, since a frame knows each once."""
    seen: dict[str, int] = {}
    names = []
    for name in columns:
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


@functools.cache
def _copies() -> Path:
    """Return this process's folder of copies, which goes when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="madang-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def _plain_copy(path: Path, layout: Layout, wanted: tuple[str, ...], *changed: int) -> Path:
    """Copy a table into a plain CSV file; ``changed`` tells two states of it apart."""
    target = _copies() / f"{abs(hash((path, layout, wanted, changed)))}.csv"
    with (
        open_table(path, layout, wanted=wanted) as table,
        target.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_unique(table.columns))
        writer.writerows([as_text(cell) for cell in row.cells] for row in table.rows)
    return target

"""A table with columns more: each row is read, answered, and written with its answer.

Rows are never dropped, merged or moved, because each of them would put labels beside the wrong
text. What the reader's program cares about (encoding, separator, line ends) is written as it was
read.
"""

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count, tee
from pathlib import Path
from typing import Any

from madang import storage
from madang.datasets.table.compression import kind_of
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import JSON, LAYOUT, PARQUET, as_text, open_table
from madang.datasets.table.writer import check_output, write_table
from madang.errors import DataError, SettingError
from madang.text.unicode import replace_surrogates

ROWS_AT_ONCE = 64
DECIMALS = 6
NAMING = "Name the one that holds the text: --column."
UNCHANGED = "What stood there is unchanged. Free some space, or give a folder that may be written."
# The texts of one row, in the order of the columns that are read.
Texts = tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Extension:
    """Columns that a table gets, and what fills them: texts of each row in, new cells out.

    Cells are texts, numbers, None where there is nothing to say, or lists and mappings, which are
    JSON in delimited text.
    """

    columns: tuple[str, ...]
    answer: Callable[[Iterator[Texts]], Iterator[Sequence[Any]]]


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
    columns: Sequence[str] = ("text",),
    layout: Layout = LAYOUT,
    report: Callable[[int], None] = lambda num_rows: None,
) -> TableResult:
    """Write ``source`` to ``output`` with the columns of ``extension`` added.

    ``columns`` are those that are read, ``layout`` says what the file does not tell of itself. A
    column of an added name that is already there is kept as ``label_original``. ``report`` is told
    how many rows are done. The output appears whole or not at all.

    Raises ``DataError`` for a file that can not be read or written as one table, and
    ``SettingError`` when the output would overwrite the input or ends as no table does.
    """
    source, output = Path(source), Path(output)
    if source.is_file() and output.exists() and output.samefile(source):
        raise SettingError(f"Input and output are both {source}. Give the output another name.")
    check_output(output)
    kind, num_rows = kind_of(output), 0
    with (
        written(f"{source} can not be turned into {output}"),
        open_table(source, layout, wanted=columns) as table,
        storage.replacing(output) as temporary,
    ):
        places = [table.position(each, advice=NAMING) for each in columns]
        renamed = rename_taken(table.columns, extension.columns)
        header = [*(renamed.get(name, name) for name in table.columns), *extension.columns]
        with write_table(temporary, header, kind=kind, like=table) as write:
            kept, read = tee(table.rows)
            answers = extension.answer(_texts(row.cells, places) for row in read)
            for row, cells in zip(kept, answers, strict=True):
                write([*row.cells, *(_written(each, kind) for each in cells)])
                num_rows += 1
                report(num_rows)
    return TableResult(num_rows=num_rows, renamed=renamed)


def read_texts(
    source: Path, *, columns: Sequence[str] = ("text",), layout: Layout = LAYOUT
) -> Iterator[Texts]:
    """Yield the texts of some columns of a table, row by row.

    Raises ``DataError`` for a file that can not be read as one table.
    """
    with open_table(Path(source), layout, wanted=columns) as table:
        places = [table.position(each, advice=NAMING) for each in columns]
        for row in table.rows:
            yield _texts(row.cells, places)


def _texts(cells: Sequence[Any], places: Sequence[int]) -> Texts:
    return tuple(replace_surrogates(as_text(cells[place])) for place in places)


def _written(value: Any, kind: str) -> Any:
    """Return a cell as it is written: in text with six digits, and truth in small letters."""
    is_typed = kind in (*JSON, *PARQUET)
    if isinstance(value, float):
        return round(value, DECIMALS) if is_typed else f"{value:.{DECIMALS}f}"
    return str(value).lower() if isinstance(value, bool) and not is_typed else value


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

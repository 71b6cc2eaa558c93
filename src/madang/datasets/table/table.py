"""What an open table is, whatever its file: columns, and rows one by one."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from madang.datasets.table.layout import Notation
from madang.errors import DataError
from madang.suggestion import nearest


class Row(NamedTuple):
    """One row: the line or number at which it stands, and its cells in the order of the columns.

    Cells of delimited text are texts; those of JSON and Parquet have the types of the file.
    """

    line: int
    cells: Sequence[Any]


@dataclasses.dataclass(kw_only=True)
class Table:
    """An open table. ``notation`` says how delimited text is written, None for other files."""

    path: Path
    columns: tuple[str, ...]
    rows: Iterator[Row]
    notation: Notation | None = None

    def position(self, column: str, *, advice: str = "Name another column.") -> int:
        """Return the place of a column; ``DataError`` where there is none or two of its name."""
        found = self.columns.count(column)
        if found == 1:
            return self.columns.index(column)
        listed = ", ".join(map(repr, self.columns))
        fault = "no column" if not found else f"{found} columns named"
        near = nearest(column, self.columns)
        hint = f" Did you mean {near[0]!r}?" if near and not found else ""
        header = (
            " If the first line is a row already, name its columns in order: --header (in a "
            "recipe: header)."
            if self.notation and self.notation.has_header and not found and not near
            else ""
        )
        raise DataError(
            f"{self.path} has {fault} {column!r}. Its columns: {listed}.{hint} {advice}{header}"
        )

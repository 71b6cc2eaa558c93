"""What a command says while it works: to standard error, out of the way of what it prints."""

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from madang.datasets.table.layout import Layout
from madang.errors import SettingError
from madang.serving.table import Extension, extend_table

SECONDS_BETWEEN_REPORTS = 1.0


def say(line: str) -> None:
    """Print a line to standard error, where it stays out of what is printed for a program."""
    print(line, file=sys.stderr, flush=True)


def progress(start: float, *, what: str = "rows") -> Callable[[int], None]:
    """Return what tells the number of rows done since ``start``, at most once a second."""
    last = start

    def report(num_rows: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_REPORTS:
            last = now
            say(f"{num_rows:,} {what}, {num_rows / (now - start):,.0f} a second")

    return report


@dataclasses.dataclass
class Tally:
    """What a batch has to say at its end: of how many rows there is less than it seems.

    ``unjudged`` says what became of rows in which there was nothing to judge.
    """

    unjudged: str
    num_unjudged: int = 0
    num_cut: int = 0

    def count(self, *, is_judged: bool, is_truncated: bool) -> None:
        """Count one row."""
        self.num_unjudged += not is_judged
        self.num_cut += is_truncated

    def say(self) -> None:
        """Say what was counted, where anything was."""
        if self.num_unjudged:
            say(f"nothing to judge: {self.num_unjudged:,} of the rows; {self.unjudged}")
        if self.num_cut:
            say(
                f"longer than the model reads: {self.num_cut:,} of the rows; their end was left out"
            )


def fill_table(
    extension: Extension,
    source: Path,
    output: Path,
    *,
    columns: Sequence[str],
    layout: Layout,
    done: str,
) -> None:
    """Write a table with the columns of ``extension``; say how far it is and what was renamed.

    ``columns`` are those that are read; ``done`` says what was done to the rows.
    """
    start = time.monotonic()
    result = extend_table(
        extension, source, output, columns=columns, layout=layout, report=progress(start)
    )
    for old, new in result.renamed.items():
        say(f"The column {old!r} was already there; it is kept as {new!r}.")
    say(f"{result.num_rows:,} rows {done} in {time.monotonic() - start:.1f} s: {output}")


def print_json(answer: Any, *, indent: int | None = 2) -> None:
    """Print an answer as JSON, Korean as it is written."""
    print(json.dumps(answer, ensure_ascii=False, indent=indent))


def fields_of(answer: Any, *, digits: int = 6) -> dict[str, Any]:
    """Return the fields of an answer, which is a dataclass, with rounded numbers."""
    return {
        name: round(value, digits) if isinstance(value, float) else value
        for name, value in dataclasses.asdict(answer).items()
    }


def check_source(text: str | None, source: Path | None, output: Path | None, *, usage: str) -> None:
    """Raise ``SettingError`` unless there is either a text or a file with its output."""
    if (text is None) == (source is None) or (source is None) != (output is None):
        raise SettingError(f"Give either a text, or a file and --output: {usage}")

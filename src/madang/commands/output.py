"""What a command says while it works: to standard error, out of the way of what it prints."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

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


def fill_table(extension: Extension, source: Path, output: Path, *, column: str, done: str) -> None:
    """Write a CSV file with the columns of ``extension``; say how far it is and what was renamed.

    ``done`` says what was done to its rows.
    """
    start = time.monotonic()
    result = extend_table(extension, source, output, column=column, report=progress(start))
    for old, new in result.renamed.items():
        say(f"The column {old!r} was already there; it is kept as {new!r}.")
    say(f"{result.num_rows:,} rows {done} in {time.monotonic() - start:.1f} s: {output}")

"""What a command says while it works: to standard error, out of the way of what it prints."""

import sys
import time
from collections.abc import Callable

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

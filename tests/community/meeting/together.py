"""Two steps taken at the same moment, by two threads with connections of their own."""

import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

PATIENCE_SECONDS = 60


class Errors(logging.Handler):
    """Keeps what is logged as an error, by any thread."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def at_once(
    threads: ThreadPoolExecutor, steps: Sequence[Callable[[], int]], *, seed: str
) -> list[int]:
    """Play both at the same moment, one of them a few thousandths of a second later at times."""
    barrier = threading.Barrier(len(steps))
    draw = random.Random(seed)
    late, pause = draw.randrange(len(steps)), draw.choice((0, 0.001, 0.003, 0.006))

    def run(number: int, step: Callable[[], int]) -> int:
        barrier.wait(PATIENCE_SECONDS)
        if number == late and pause:
            threading.Event().wait(pause)
        return step()

    running = [threads.submit(run, number, step) for number, step in enumerate(steps)]
    return [each.result(PATIENCE_SECONDS) for each in running]

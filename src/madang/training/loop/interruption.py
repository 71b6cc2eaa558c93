"""SIGTERM and the first Ctrl-C end a run after its step, with a checkpoint; the second at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interruption:
    """Whether somebody asked this process to end, and by which signal."""

    def __init__(self) -> None:
        self.signal_number = 0

    @property
    def exit_status(self) -> int:
        """The status a shell shows for that signal: 143 for SIGTERM, 130 for Ctrl-C."""
        return 128 + (self.signal_number or signal.SIGTERM)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; a second Ctrl-C ends the program at once."""
        if self.signal_number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number


@contextmanager
def watched_signals() -> Iterator[Interruption]:
    """Watch for signals; outside the main thread, where Python allows none, watch nothing."""
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    previous = {number: signal.signal(number, interruption.handle) for number in SIGNALS}
    try:
        yield interruption
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

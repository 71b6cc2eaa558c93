"""SIGTERM and the first Ctrl-C end a run with a checkpoint; the second Ctrl-C at once.

A step is finished first, because half of one would be lost. An evaluation takes minutes and is
broken off where it is, because it changes nothing and can be repeated.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(BaseException):
    """A signal came while work was done that can be repeated; no ``except Exception`` eats it."""


class Interruption:
    """Whether somebody asked this process to end, and by which signal."""

    def __init__(self) -> None:
        self.signal_number = 0
        self._is_at_once = False

    @property
    def exit_status(self) -> int:
        """The status a shell shows for that signal: 143 for SIGTERM, 130 for Ctrl-C."""
        return 128 + (self.signal_number or signal.SIGTERM)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Note a signal; a second Ctrl-C ends the program at once."""
        if self.signal_number and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.signal_number = number
        if self._is_at_once:
            self._is_at_once = False  # a further signal must not break into the way out
            raise Stopped

    @contextmanager
    def heard_at_once(self) -> Iterator[None]:
        """Let a signal, also one that came before, raise ``Stopped`` in this block."""
        self._is_at_once = True  # before the question, or a signal in between would be missed
        try:
            if self.signal_number:
                raise Stopped
            yield
        finally:
            self._is_at_once = False


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

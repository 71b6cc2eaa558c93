"""The supervisor: it starts the processes of the site, watches them, and starts them again.

A process that ends, whatever the reason, is started again after a pause that doubles each time it
ends soon, and is short again once it ran well for a while. One that is heard from no more is killed
first. Nothing makes the supervisor give up: the next try may find the disk emptied, or the database
back. Its children are told to stop when it is, and are killed with it (``orphan.py``).
"""

import contextlib
import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from madang.community.processes.pulse import PARENT, PULSE, SUSPECT
from madang.community.processes.status import ProcessStatus, Status, write

logger = logging.getLogger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
#: Who ran for so long did well: the next pause is the first again.
SECONDS_WELL = 60.0
#: Who was not heard from for so long hangs.
SECONDS_HUNG = 900.0
#: A clock that is set back by more than this was wrong.
SECONDS_SET_BACK = 60.0
#: How long children may take to stop.
SECONDS_TO_STOP = 10.0
_TICK_SECONDS = 0.25
_WRITE_SECONDS = 5.0


def pause_after(num_failures: int) -> float:
    """Return how long a process that ended soon so many times is left alone.

    >>> [pause_after(number) for number in (1, 2, 3, 20)]
    [1.0, 2.0, 4.0, 60.0]
    """
    seconds: float = FIRST_PAUSE_SECONDS * 2 ** min(num_failures - 1, 20)
    return min(seconds, LONGEST_PAUSE_SECONDS)


class Child:
    """One process that shall run. ``has_pulse``: it says that it does not hang (``pulse.py``)."""

    def __init__(self, name: str, command: Sequence[str], *, has_pulse: bool = False) -> None:
        self.name, self.command, self.has_pulse = name, command, has_pulse
        self.process: subprocess.Popen[bytes] | None = None
        self.num_restarts = self._num_failures = 0
        self.last_exit = ""
        self.pulse: int | None = None
        self._said = b""
        self._start_at = self._started_at = self._heard_at = 0.0
        self._since = time.time()

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C reaches the supervisor alone, which stops it."""
        environment = {**os.environ, PARENT: str(os.getpid()), SUSPECT: self.in_hand}
        written: int | None = None
        if self.has_pulse:
            self.pulse, written = os.pipe()
            os.set_blocking(self.pulse, False)
            environment[PULSE] = str(written)
        try:
            self.process = subprocess.Popen(
                self.command,
                env=environment,
                start_new_session=True,
                pass_fds=() if written is None else (written,),
            )
        finally:
            if written is not None:
                os.close(written)
        # Not before: who could not be started leaves the suspect to the next try.
        self._said = b""
        self._started_at = self._heard_at = time.monotonic()
        self._since = time.time()

    @property
    def in_hand(self) -> str:
        """Return what it had in hand when it was last heard from."""
        lines = self._said.split(b"\n")
        return lines[-2].decode(errors="replace") if len(lines) > 1 else ""

    def hear(self) -> bool:
        """Note what it said; say whether it said anything."""
        assert self.pulse is not None
        try:
            said = os.read(self.pulse, 65536)
        except BlockingIOError:
            return False
        if not said:  # its end of the pipe is closed: it is about to be gone
            self._close_pulse()
            return False
        self._said = (self._said + said)[-1024:]
        self._heard_at = time.monotonic()
        return True

    def look_after(self) -> bool:
        """Start it where it is due, notice where it ended; say whether anything changed."""
        if self.process is None:
            return time.monotonic() >= self._start_at and self._start_again()
        code = self.process.poll()
        if code is not None:
            self._note_end(code)
            return True
        if self.has_pulse and time.monotonic() - self._heard_at > SECONDS_HUNG:
            logger.error("The process %s hangs and is killed", self.name)
            self.process.kill()
        return False

    def stop(self) -> None:
        """Ask it to stop."""
        if self.process is not None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        """Wait until it stopped; after the deadline, make it."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(deadline - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._close_pulse()

    def status(self) -> ProcessStatus:
        """Return how it does."""
        now = time.monotonic()
        is_up = self.process is not None
        return ProcessStatus(
            name=self.name,
            pid=self.process.pid if self.process else None,
            since=self._since,
            next_try=None if is_up else time.time() + max(self._start_at - now, 0.0),
            num_restarts=self.num_restarts,
            last_exit=self.last_exit,
            quiet_seconds=round(now - self._heard_at, 1) if is_up and self.has_pulse else 0.0,
        )

    def _start_again(self) -> bool:
        try:
            self.start()
        except OSError as error:  # no memory for another process, no file descriptors
            self._put_off(f"not started: {error}")
            return True
        self.num_restarts += 1
        logger.warning("The process %s is started again (restart %d)", self.name, self.num_restarts)
        return True

    def _note_end(self, code: int) -> None:
        while self.pulse is not None and self.hear():
            pass
        self.process = None
        self._close_pulse()
        if time.monotonic() - self._started_at >= SECONDS_WELL:
            self._num_failures = 0
        self._put_off(_name_of_exit(code))

    def _put_off(self, reason: str) -> None:
        self.last_exit, self._since = reason, time.time()
        self._num_failures += 1
        pause = pause_after(self._num_failures)
        self._start_at = time.monotonic() + pause
        logger.error(
            "The process %s ended (%s) and is started again in %.0f s", self.name, reason, pause
        )

    def _close_pulse(self) -> None:
        if self.pulse is not None:
            os.close(self.pulse)
            self.pulse = None


def _name_of_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


class Supervisor:
    """Runs children until a signal comes, and writes into *folder* how they do."""

    def __init__(self, children: Sequence[Child], *, folder: Path) -> None:
        self._children, self._folder = children, folder
        self._is_stopping = False
        self._write_at = 0.0
        self._clock = _clock()

    def run(self) -> None:
        """Start the children and watch them until SIGTERM or SIGINT, then stop them all."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            for child in self._children:
                child.start()
            while not self._is_stopping:
                self._watch()
        finally:
            self._stop_all()

    def _watch(self) -> None:
        self._listen()
        self._look_at_clock()
        changes = [child.look_after() for child in self._children if not self._is_stopping]
        if any(changes) or time.monotonic() >= self._write_at:
            self._write()

    def _listen(self) -> None:
        """Wait a moment for what the children say."""
        pulses = {child.pulse: child for child in self._children if child.pulse is not None}
        ready, _, _ = select.select(list(pulses), [], [], _TICK_SECONDS)
        for pulse in ready:
            pulses[pulse].hear()
        if ready:
            time.sleep(_TICK_SECONDS)

    def _look_at_clock(self) -> None:
        """Start the children anew where the clock was set back: they remember moments to come."""
        now = _clock()
        if now < self._clock - SECONDS_SET_BACK:
            logger.warning("The clock was set back by %.0f s: all starts anew", self._clock - now)
            for child in self._children:
                child.stop()
        self._clock = now

    def _write(self) -> None:
        self._write_at = time.monotonic() + _WRITE_SECONDS
        processes = tuple(child.status() for child in self._children)
        with contextlib.suppress(OSError):  # the page then says that there is no news
            write(self._folder, Status(written_at=time.time(), processes=processes))

    def _stop_all(self) -> None:
        for child in self._children:
            child.stop()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for child in self._children:
            child.wait(deadline)
        with contextlib.suppress(OSError):
            write(self._folder, Status(written_at=time.time(), processes=()))

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._is_stopping = True


def _clock() -> float:
    """Return by how much the clock that people set is before the one that nobody can."""
    return time.time() - time.monotonic()

"""What a child says to its supervisor: that it does not hang, and what it has in hand.

It goes through a pipe, for the disk may be full and the clock wrong. Should the child die, the
supervisor knows the text in hand, and tells the child that it starts next: otherwise a text that
kills whoever reads it keeps all others waiting.
"""

import contextlib
import os

#: Names of environment variables: who started a child, the number of its end of the pipe, and what
#: the child before it had in hand when it died.
PARENT, PULSE, SUSPECT = "MADANG_PARENT", "MADANG_PULSE", "MADANG_SUSPECT"
_SEPARATOR = " "

_descriptor: int | None = None


def open_pulse() -> None:
    """Find the pipe, where a supervisor started this process."""
    global _descriptor
    if PULSE in os.environ:
        _descriptor = int(os.environ[PULSE])
        os.set_blocking(_descriptor, False)


def beat(task: str = "", key: object = "") -> None:
    """Say that this process does not hang, and what *task* has in hand, if anything."""
    if _descriptor is not None:
        line = f"{task}{_SEPARATOR}{key}\n" if task else "\n"
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            os.write(_descriptor, line.encode())


def take_suspect() -> tuple[str, str] | None:
    """Return the task and the key of what the process before this one died of; only once."""
    task, _, key = os.environ.pop(SUSPECT, "").partition(_SEPARATOR)
    return (task, key) if key else None

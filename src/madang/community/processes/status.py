"""How the processes of the site do: written by their supervisor, read by the operators' page.

It lies in one small file in ``MADANG_HOME``, not in the database, which may be what is locked; and
it is written in place, for a full disk takes no new file.
"""

import os
import time
from pathlib import Path

import msgspec

FILE_NAME = "processes.json"
#: Without news for so long, the supervisor itself is no more.
SECONDS_FRESH = 30.0
#: A process that should be heard from every second, and was not for so long, does not answer.
SECONDS_QUIET = 180.0
_SIZE = 4096
_ATTEMPTS = 3


class ProcessStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One process, as its supervisor saw it last. Moments are seconds since 1970."""

    name: str
    pid: int | None
    #: Since when it runs, or is down.
    since: float
    #: When it is started again; None while it runs.
    next_try: float | None
    num_restarts: int
    #: How it ended last, such as "SIGKILL" or "exit code 1"; "" where it never did.
    last_exit: str
    #: Since when nothing was heard from it.
    quiet_seconds: float = 0.0

    @property
    def is_running(self) -> bool:
        """Say whether it runs and answers."""
        return self.pid is not None and not self.is_quiet

    @property
    def is_quiet(self) -> bool:
        """Say whether it runs and does not answer."""
        return self.pid is not None and self.quiet_seconds > SECONDS_QUIET


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """All processes, and when this was written."""

    written_at: float
    processes: tuple[ProcessStatus, ...]

    @property
    def is_fresh(self) -> bool:
        """Say whether the supervisor is there; a clock that was set meanwhile is no news either."""
        return abs(time.time() - self.written_at) < SECONDS_FRESH


def write(folder: Path, status: Status) -> None:
    """Write the status in place.

    Raises OSError where that can not be done; what was written before then stays or is torn.
    """
    content = msgspec.json.encode(status).ljust(_SIZE)
    descriptor = os.open(folder / FILE_NAME, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.pwrite(descriptor, content, 0)
    finally:
        os.close(descriptor)


def read(folder: Path) -> Status | None:
    """Return the status, None where none was written or it can not be read."""
    for _ in range(_ATTEMPTS):  # it may be read while it is being written
        try:
            return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=Status)
        except OSError:
            return None
        except msgspec.MsgspecError:
            time.sleep(0.01)
    return None

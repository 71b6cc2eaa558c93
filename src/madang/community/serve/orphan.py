"""No process of the site outlives the one that started it, not even one that is killed at once."""

import ctypes
import os
import signal
import sys

#: Linux's prctl: send a signal when the thread that started this process is gone.
_PR_SET_PDEATHSIG = 1


def end_with(parent: int) -> None:
    """Have this process killed as soon as its *parent* (a process number) is no more.

    It is killed rather than asked: whatever kills the parent at once may have stopped this one too,
    and the database stands it. Other systems than Linux have no such thing: there, nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it went before we could ask
        os.kill(os.getpid(), signal.SIGKILL)

"""The pages, served by granian: ``python -m madang.community.serve.web HOST PORT NUM_WORKERS``.

Granian starts a worker again that dies, and ends where it dies again at once. Then the supervisor
starts all of it again.
"""

import os
import sys

from madang.community.processes.pulse import PARENT
from madang.community.serve import orphan

# SQLite has one writer and Python one lock: threads beyond a few only queue up elsewhere.
THREADS = 4


def run_server(host: str, port: int, num_workers: int) -> None:
    """Serve by granian until a signal comes."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "madang.community.serve.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=num_workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    if PARENT in os.environ:
        orphan.end_with(int(os.environ.pop(PARENT)))
    run_server(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

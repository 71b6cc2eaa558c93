"""The worker of background tasks: ``python -m madang.community.serve.worker``.

It is django-tasks-db's, made to last. A database that is locked, full or away is waited for. What a
worker left behind that was killed is run again, and what waits is scheduled (``sweep.py``).
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import Error, close_old_connections, connections
from django.utils import timezone
from django_tasks.base import TaskResultStatus

if __name__ == "__main__":  # what follows imports models
    django.setup()

from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult, get_date_max
from django_tasks_db.utils import exclusive_transaction

from madang.community.processes import pulse, sweep
from madang.community.serve import orphan

logger = logging.getLogger(__name__)

#: How often it looks for a task.
INTERVAL_SECONDS = 1.0
#: How long it leaves a database alone that does not answer: doubled each time.
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 15.0
#: No task runs for so long: what does is one whose worker is no more.
LONGEST_RUN = timedelta(hours=1)
#: No task is put off for longer: what is was ordered while the clock was wrong.
LONGEST_DELAY = timedelta(hours=5)
#: So often a task is begun whose worker dies of it.
MAX_ATTEMPTS = 3
_NUM_WORKERS = 64


class TaskWorker(Worker):
    """Runs tasks one after another."""

    def __init__(self, *, worker_id: str) -> None:
        super().__init__(
            queue_names=["*"],
            interval=INTERVAL_SECONDS,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=worker_id,
            excluded_queue_names=[],
        )
        self._has_started = False
        self._suspect = pulse.take_suspect()
        self._sweep_at = 0.0

    def run(self) -> None:
        """Run tasks until a signal comes."""
        wait = FIRST_WAIT_SECONDS
        while self.running:
            pulse.beat()
            close_old_connections()
            try:
                has_run = self.run_next()
            except Error as error:
                logger.warning("The database does not answer (%s): next try in %.0f s", error, wait)
                self._sweep_at = 0.0  # what was being done is unfinished
                connections.close_all()
                time.sleep(wait)
                wait = min(2 * wait, LONGEST_WAIT_SECONDS)
                continue
            wait = FIRST_WAIT_SECONDS
            if not has_run and self.running:
                time.sleep(self.interval)

    def run_next(self) -> bool:
        """Sweep where that is due, then run a task; say whether there was one.

        Raises ``django.db.Error`` where the database does not answer.
        """
        if time.monotonic() >= self._sweep_at:
            self.sweep()
            self._sweep_at = time.monotonic() + sweep.SECONDS_BETWEEN
        found = self._claim()
        if found is None:
            return False
        self.run_task(found)
        if found.status == TaskResultStatus.FAILED:
            self._sweep_at = min(self._sweep_at, time.monotonic() + FIRST_WAIT_SECONDS)
        return True

    def sweep(self) -> None:
        """Take up what was left behind, and schedule what waits."""
        take_up_abandoned(self.worker_id)
        bring_back_far_tasks()
        if not self._has_started:
            if self._suspect is not None:
                sweep.blame(*self._suspect)
            sweep.start()
            self._has_started = True
        sweep.run()

    def _claim(self) -> Any:
        ready = DBTaskResult.objects.ready().filter(backend_name=self.backend_name)
        if not ready.exists():  # asked without a lock: mostly there is none
            return None
        with exclusive_transaction(ready.db):
            found = ready.get_locked()
            if found is not None:
                found.claim(self.worker_id)
        return found


def take_up_abandoned(worker_id: str) -> int:
    """Have tasks run again whose worker is no more, and return how many these are.

    One is *worker_id*, which runs none at the moment; of others it is known after a while. A task
    that was begun ``MAX_ATTEMPTS`` times is given up: its workers may have died of it.
    """
    now = timezone.now()
    number = 0
    for each in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        is_own = each.worker_ids[-1:] == [worker_id]
        is_long = each.started_at is None or abs(now - each.started_at) > LONGEST_RUN
        if not (is_own or is_long):
            continue
        fields: dict[str, Any] = {"status": TaskResultStatus.READY}
        if len(each.worker_ids) >= MAX_ATTEMPTS:
            fields = {"status": TaskResultStatus.FAILED, "finished_at": now}
        same = DBTaskResult.objects.filter(pk=each.pk, worker_ids=each.worker_ids)
        number += same.filter(status=TaskResultStatus.RUNNING).update(**fields)
        logger.warning("%s was left behind by its worker: %s", each.task_path, fields["status"])
    return number


def bring_back_far_tasks() -> int:
    """Have tasks run at once that were put off for longer than any is; return how many."""
    ready = DBTaskResult.objects.filter(status=TaskResultStatus.READY)
    far = ready.filter(run_after__gt=timezone.now() + LONGEST_DELAY)
    far = far.exclude(run_after=get_date_max())  # which means: at once
    return far.update(run_after=timezone.now()) if far.exists() else 0


@contextlib.contextmanager
def worker_name(folder: Path) -> Iterator[str]:
    """Hold a name that no other worker has, and that one started later in our place gets again."""
    place = hashlib.sha256(str(folder).encode()).hexdigest()[:8]
    for number in range(1, _NUM_WORKERS + 1):
        with (folder / f"worker-{number}.lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"{socket.gethostname()[:40]}-{place}-{number}"
            return
    raise RuntimeError(f"{_NUM_WORKERS} workers run in {folder} already")


def run_worker() -> None:
    """Run a worker until a signal comes, or whoever started it is no more."""
    pulse.open_pulse()
    if pulse.PARENT in os.environ:
        orphan.end_with(int(os.environ[pulse.PARENT]))
    # They say that a worker is told to stop, and each task that ends well.
    for name in ("django_tasks", "django_tasks_db"):
        logging.getLogger(name).setLevel(logging.ERROR)
    with worker_name(Path(settings.HOME)) as name:
        worker = TaskWorker(worker_id=name)
        worker.configure_signals()
        worker.run()


if __name__ == "__main__":
    run_worker()

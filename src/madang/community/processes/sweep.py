"""What waits for a task, and how it is scheduled where nobody else did.

A task is usually ordered by the page that makes work for it. That page may be killed between the
text it stores and the task it orders; a task may fail with the database, and be ordered by nobody
again. So an app says, for each of its tasks, how to find out what waits::

    sweep.add(tasks.read_waiting, tasks.sweep_readings)

The worker asks all of them when it starts and every ``SECONDS_BETWEEN``. A test looks that no task
of the site is forgotten.
"""

import logging
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db import Error
from django_tasks.base import Task, TaskResultStatus

logger = logging.getLogger(__name__)

#: How long what was lost waits until it is found.
SECONDS_BETWEEN = 30.0


class _Swept(NamedTuple):
    task: Task[..., Any]
    schedule_waiting: Callable[[], object] | None
    at_start: bool
    put_off: Callable[[str], object] | None


_swept: dict[str, _Swept] = {}
_actions: list[Callable[[], object]] = []


def add(
    task: Task[..., Any],
    schedule_waiting: Callable[[], object] | None,
    *,
    at_start: bool = False,
    put_off: Callable[[str], object] | None = None,
) -> None:
    """Have *schedule_waiting* called again and again: it schedules *task* where something waits.

    It is cheap, changes nothing where nothing waits, and may run in several processes at once.
    None: what the task does is ordered anew by whoever misses it. ``at_start``: a worker runs the
    task once when it starts, for what is too dear to look for again and again. ``put_off`` counts a
    failure against one thing, named as the task named it when it took it in hand (``pulse.beat``).
    """
    _swept[task.module_path] = _Swept(task, schedule_waiting, at_start, put_off)


def also(action: Callable[[], object]) -> None:
    """Have *action* done each time as well: it puts right what a wrong clock wrote, for one."""
    if action not in _actions:
        _actions.append(action)


def tasks() -> set[str]:
    """Return the paths of all tasks that are cared for."""
    return set(_swept)


def start() -> None:
    """Order the tasks that a worker runs once when it starts."""
    from django_tasks_db.models import DBTaskResult

    for each in _swept.values():
        same = DBTaskResult.objects.filter(task_path=each.task.module_path)
        if each.at_start and not same.filter(status=TaskResultStatus.READY).exists():
            each.task.enqueue()


def blame(path: str, key: str) -> None:
    """Put off what a worker had in hand when it died: the next one shall not die of it at once."""
    logger.warning("A worker died while it had %s in hand for %s: it is put off", key, path)
    swept = _swept.get(path)
    if swept is not None and swept.put_off is not None:
        swept.put_off(key)


def run() -> None:
    """Schedule whatever waits.

    Raises ``django.db.Error`` where the database does not answer. Where one app fails otherwise,
    the others are served.
    """
    scheduling = [each.schedule_waiting for each in _swept.values() if each.schedule_waiting]
    for action in [*_actions, *scheduling]:
        try:
            action()
        except Error:
            raise
        except Exception:
            logger.exception("The sweep %s failed", action)

"""When a model is asked again after it failed: later each time, and in the end no more."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Min, Q, QuerySet
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus

#: After so many failures on a text, while the model answers others, an operator is asked.
MAX_FAILURES = 6
#: A task that runs for longer is no longer counted on: its worker may be no more.
TRUSTED_RUN = timedelta(minutes=5)
_FIRST_PAUSE_SECONDS = 60
_FIRST_DELAY_SECONDS = 10
_LONGEST_DELAY_SECONDS = 3600


def delay_after(attempt: int) -> timedelta:
    """Return the pause after a failed attempt: doubled each time, an hour at most.

    >>> [delay_after(attempt).seconds for attempt in (0, 1, 2, 20)]
    [10, 20, 40, 3600]
    """
    seconds = _FIRST_DELAY_SECONDS * 2 ** min(attempt, 20)
    return timedelta(seconds=min(seconds, _LONGEST_DELAY_SECONDS))


def delay_after_failures(num_failures: int) -> timedelta:
    """Return the pause after so many failures on one text: a minute, then four times as long.

    >>> [str(delay_after_failures(number)) for number in (1, 2, 3)]
    ['0:01:00', '0:04:00', '0:16:00']
    """
    return timedelta(seconds=_FIRST_PAUSE_SECONDS * 4 ** (num_failures - 1))


def schedule(task: Task[..., int], *, delay: timedelta | None = None, attempt: int = 0) -> None:
    """Have *task* do what waits after a pause; one task for all of it is enough."""
    run_after = timezone.now() + (delay_after(attempt) if delay is None else delay)
    ready = _ready(task)
    if not ready.filter(_runs_until(run_after)).exists():
        ready.delete()
        task.using(run_after=run_after).enqueue(attempt=attempt)


def schedule_waiting(task: Task[..., int], waiting: QuerySet[Any]) -> None:
    """Have *task* run when the first of the rows that wait is due; no row, no task."""
    first: datetime | None = waiting.aggregate(first=Min("retry_at"))["first"]
    if first is not None:
        schedule(task, delay=max(first - timezone.now(), timedelta()))


def sweep_waiting(task: Task[..., int], waiting: QuerySet[Any]) -> None:
    """Do the same where nobody cares for what waits: *task* does not run, and failed not just now.

    A model that is down is left alone for longer and longer; a sweep does not change that.
    """
    if not _is_cared_for(task):
        schedule_waiting(task, waiting)


def bring_back_far(waiting: QuerySet[Any]) -> int:
    """Bring retry times back that are later than any pause is, and return how many these are.

    They were written while the clock was wrong. The rows have ``num_failures`` and ``retry_at``.
    """
    now, number = timezone.now(), 0
    if not waiting.filter(retry_at__gt=now).exists():
        return 0
    for num_failures in range(MAX_FAILURES):
        pause = delay_after_failures(num_failures) if num_failures else timedelta()
        far = waiting.filter(num_failures=num_failures, retry_at__gt=now + pause)
        number += far.update(retry_at=now + pause)
    return number


def bring_back_future(rows: QuerySet[Any], moment: str) -> int:
    """Set moments of the past back to now that lie in the future, and return how many these are."""
    now = timezone.now()
    future = rows.filter(**{f"{moment}__gt": now})
    return future.update(**{moment: now}) if future.exists() else 0


def _ready(task: Task[..., int]) -> Any:
    from django_tasks_db.models import DBTaskResult

    return DBTaskResult.objects.filter(task_path=task.module_path, status=TaskResultStatus.READY)


def _runs_until(moment: datetime) -> Q:
    from django_tasks_db.models import get_date_max

    return Q(run_after__lte=moment) | Q(run_after=get_date_max())  # the latter means: at once


def _is_cared_for(task: Task[..., int]) -> bool:
    """Say whether the task runs, or waits after a failed attempt no longer than it may."""
    from django_tasks_db.models import DBTaskResult

    now = timezone.now()
    same = DBTaskResult.objects.filter(task_path=task.module_path)
    begun = (now - TRUSTED_RUN, now)
    if same.filter(status=TaskResultStatus.RUNNING, started_at__range=begun).exists():
        return True
    for each in _ready(task):
        attempt = each.args_kwargs["kwargs"].get("attempt", 0)
        if attempt and each.run_after <= now + delay_after(attempt):
            return True
    return False

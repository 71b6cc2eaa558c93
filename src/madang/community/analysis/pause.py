"""When a model is asked again after it failed: later each time, and in the end no more."""

from datetime import timedelta

from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus

#: After so many failures on a text, while the model answers others, an operator is asked.
MAX_FAILURES = 6
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
    from django_tasks_db.models import DBTaskResult

    run_after = timezone.now() + (delay_after(attempt) if delay is None else delay)
    ready = DBTaskResult.objects.filter(task_path=task.module_path, status=TaskResultStatus.READY)
    if not ready.filter(run_after__lte=run_after).exists():
        ready.delete()
        task.using(run_after=run_after).enqueue(attempt=attempt)

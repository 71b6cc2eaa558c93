"""Posts that wait for a label are judged in the background until none is left."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus

from madang.community import inference
from madang.community.boards.models import Post

BATCH = 200
#: After so many failures on a text, while the model answers others, a moderator labels it.
MAX_FAILURES = 6
_FIRST_DELAY_SECONDS = 10
_LONGEST_DELAY_SECONDS = 3600
_FIRST_PAUSE_SECONDS = 60
#: Text that any model can read: where it fails, the fault is not the post's.
_PROBE = "안녕하세요. 오늘은 날이 맑아서 동네를 한 바퀴 돌고 왔습니다."
_PENDING = Q(moderation_case__source="pending", moderation_case__num_failures__lt=MAX_FAILURES)


@task()
def judge_pending(attempt: int = 0) -> int:
    """Judge the posts that wait; where the model still fails, come back later and later.

    A text on which the model fails while it answers another is put off by itself, and keeps
    nobody waiting. Return how many posts have their label now.
    """
    from madang.community.moderation.actions import judge_post, put_off

    num_judged = 0
    while batch := _due():
        for post in batch:
            if judge_post(post, patient=True):
                num_judged += 1
            elif _still_waits(post):
                if not _model_answers():
                    schedule_pending(attempt=0 if num_judged else attempt + 1)
                    return num_judged
                put_off(post)
    _schedule_put_off()
    return num_judged


def schedule_pending(*, attempt: int = 0, delay: timedelta | None = None) -> None:
    """Have the waiting posts judged after a pause; one task for all of them is enough."""
    from django_tasks_db.models import DBTaskResult

    run_after = timezone.now() + (delay or delay_after(attempt))
    ready = DBTaskResult.objects.filter(
        task_path=judge_pending.module_path, status=TaskResultStatus.READY
    )
    if not ready.filter(run_after__lte=run_after).exists():
        ready.delete()
        judge_pending.using(run_after=run_after).enqueue(attempt=attempt)


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


def _due() -> list[Post]:
    is_due = Q(moderation_case__retry_at=None) | Q(moderation_case__retry_at__lte=timezone.now())
    return list(Post.objects.filter(_PENDING, is_due).order_by("pk")[:BATCH])


def _still_waits(post: Post) -> bool:
    """Say whether the model failed, rather than that the post was edited or deleted meanwhile."""
    return Post.objects.filter(pk=post.pk, moderation_case__source="pending").exists()


def _model_answers() -> bool:
    try:
        inference.judge(_PROBE, patient=True)
    except inference.ModelUnavailableError:
        return False
    return True


def _schedule_put_off() -> None:
    moments = Post.objects.filter(_PENDING).order_by("moderation_case__retry_at")
    first = moments.values_list("moderation_case__retry_at", flat=True).first()
    if first is not None:
        schedule_pending(delay=max(first - timezone.now(), timedelta(seconds=1)))

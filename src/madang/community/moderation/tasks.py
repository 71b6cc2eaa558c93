"""Posts that wait for a label are judged in the background until none is left."""

from datetime import timedelta

from django.utils import timezone
from django_tasks import task
from django_tasks.base import TaskResultStatus

from madang.community.boards.models import Post

BATCH = 200
#: One text that fails must not keep the others waiting; a model that is gone fails them all.
_MAX_FAILURES = 3
_FIRST_DELAY_SECONDS = 10
_LONGEST_DELAY_SECONDS = 3600


@task()
def judge_pending(attempt: int = 0) -> int:
    """Judge the posts that wait; where the model still fails, come back later and later.

    Return how many posts have their label now.
    """
    from madang.community.moderation.actions import judge_post

    num_judged, num_failed, last_id = 0, 0, 0
    while num_failed < _MAX_FAILURES and (batch := _waiting_after(last_id)):
        for post in batch:
            last_id = post.pk
            if judge_post(post, patient=True):
                num_judged += 1
            elif _still_waits(post):
                num_failed += 1
                if num_failed == _MAX_FAILURES:
                    break
    if num_failed:
        schedule_pending(attempt=0 if num_judged else attempt + 1)
    return num_judged


def schedule_pending(*, attempt: int = 0) -> None:
    """Have the waiting posts judged after a pause; one task for all of them is enough."""
    from django_tasks_db.models import DBTaskResult

    if not DBTaskResult.objects.filter(
        task_path=judge_pending.module_path, status=TaskResultStatus.READY
    ).exists():
        run_after = timezone.now() + delay_after(attempt)
        judge_pending.using(run_after=run_after).enqueue(attempt=attempt)


def delay_after(attempt: int) -> timedelta:
    """Return the pause after a failed attempt: doubled each time, an hour at most.

    >>> [delay_after(attempt).seconds for attempt in (0, 1, 2, 20)]
    [10, 20, 40, 3600]
    """
    seconds = _FIRST_DELAY_SECONDS * 2 ** min(attempt, 20)
    return timedelta(seconds=min(seconds, _LONGEST_DELAY_SECONDS))


def _waiting_after(post_id: int) -> list[Post]:
    waiting = Post.objects.filter(moderation_case__source="pending", pk__gt=post_id)
    return list(waiting.order_by("pk")[:BATCH])


def _still_waits(post: Post) -> bool:
    """Say whether the model failed, rather than that the post was edited or deleted meanwhile."""
    return Post.objects.filter(pk=post.pk, moderation_case__source="pending").exists()

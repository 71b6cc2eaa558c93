"""Posts that wait for a label are judged in the background until none is left."""

import time
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_tasks import task

from madang.community.boards.models import Post
from madang.community.inference import prediction
from madang.community.inference.schedule import (
    MAX_FAILURES,
    bring_back_far,
    schedule,
    schedule_waiting,
    sweep_waiting,
)
from madang.community.moderation.models import Case
from madang.community.processes import pulse

BATCH = 200
#: After so long other tasks get their turn.
SECONDS_A_RUN = 20.0


@task()
def judge_pending(attempt: int = 0) -> int:
    """Judge the posts that wait; where the model still fails, come back later and later.

    A text on which the model fails while it answers another is put off by itself, and keeps
    nobody waiting. Return how many posts have their label now.
    """
    from madang.community.moderation.actions import judge_post, put_off

    deadline = time.monotonic() + SECONDS_A_RUN
    num_judged = 0
    while batch := _due():
        for post in batch:
            if time.monotonic() > deadline:
                schedule(judge_pending, delay=timedelta())
                return num_judged
            pulse.beat(judge_pending.module_path, post.pk)
            if judge_post(post, patient=True):
                num_judged += 1
            elif _still_waits(post):
                if not _model_answers():
                    schedule(judge_pending, attempt=0 if num_judged else attempt + 1)
                    return num_judged
                put_off(post)
    schedule_waiting(judge_pending, _pending(), retry_at="retry_at")
    return num_judged


def sweep_cases() -> None:
    """Schedule the judging of what waits; bring back moments that a wrong clock wrote."""
    bring_back_far(_pending())
    sweep_waiting(judge_pending, _pending(), retry_at="retry_at")


def put_off_post(key: str) -> None:
    """Put a post off of which a worker died."""
    from madang.community.moderation.actions import put_off

    for case in _pending().filter(pk=int(key)).select_related("post"):
        put_off(case.post)


def _pending() -> QuerySet[Case]:
    """Return the cases that wait and are not given up."""
    return Case.objects.filter(source=Case.Source.PENDING, num_failures__lt=MAX_FAILURES)


def _due() -> list[Post]:
    is_due = Q(retry_at=None) | Q(retry_at__lte=timezone.now())
    cases = _pending().filter(is_due).select_related("post").order_by("pk")
    return [case.post for case in cases[:BATCH]]


def _still_waits(post: Post) -> bool:
    """Say whether the model failed, rather than that the post was edited or deleted meanwhile."""
    return Case.objects.filter(pk=post.pk, source=Case.Source.PENDING).exists()


def _model_answers() -> bool:
    try:
        prediction.judge(prediction.PROBE, patient=True)
    except prediction.ModelUnavailableError:
        return False
    return True

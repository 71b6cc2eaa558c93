"""Texts that wait are read in the background until none is left.

A run ends after ``SECONDS_A_RUN`` and has itself called again, so that other tasks get their turn
while a hundred thousand posts are read by a new model.
"""

import time
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from madang.community.inference import prediction, subject
from madang.community.inference.actions import (
    is_answering,
    open_unread,
    put_off,
    read,
    wait_once_more,
)
from madang.community.inference.models import Reading
from madang.community.inference.schedule import (
    bring_back_far,
    bring_back_future,
    delay_after,
    schedule,
    schedule_waiting,
    sweep_waiting,
)
from madang.community.processes import pulse

BATCH = 100
SECONDS_A_RUN = 20.0


@task()
def read_waiting(attempt: int = 0) -> int:
    """Read what waits; where a model fails, come back later and later. Return how many were read.

    A text on which the model fails while it answers another is put off by itself, and keeps
    nobody waiting; a model that fails on everything is left alone until the next run.
    """
    deadline = time.monotonic() + SECONDS_A_RUN
    num_read, down = 0, set[str]()
    while batch := _due(down):
        for reading in batch:
            if time.monotonic() > deadline:
                schedule(read_waiting, delay=timedelta())
                return num_read
            if reading.kind in down:
                continue
            pulse.beat(read_waiting.module_path, reading.pk)
            if read(reading, patient=True):
                num_read += 1
            elif is_answering(reading.kind):
                put_off(reading)
            else:
                down.add(reading.kind)
    if down:
        following = 0 if num_read else attempt + 1
        schedule(read_waiting, delay=delay_after(following), attempt=following)
    else:
        schedule_waiting(read_waiting, _waiting())
    return num_read


@task()
def read_unread(attempt: int = 0) -> int:
    """Let all texts wait that a model, or its present version, has not seen; begin to read them."""
    deadline = time.monotonic() + SECONDS_A_RUN
    number = 0
    for kind in subject.active():
        if is_answering(kind):  # which also loads it: only then is its version known
            while found := open_unread(kind, batch=BATCH):
                number += found
                if time.monotonic() > deadline:
                    schedule(read_unread, delay=timedelta())
                    break
    if number:
        schedule(read_waiting, delay=timedelta())
    return number


def read_all(readings: Sequence[Reading]) -> None:
    """Read fresh texts at once, while their writer waits; what can not be read now, waits."""
    num_read = sum(read(reading) for reading in readings)
    if num_read < len(readings):
        schedule(read_waiting)


def retry_given_up() -> int:
    """Have all that was given up tried once more, and return how many these are."""
    number = wait_once_more()
    schedule(read_waiting)
    return number


def _due(down: Collection[str]) -> list[Reading]:
    """Return what is due of the texts that wait longest, text by text; nothing of models in *down*.

    Models that share their lower layers keep what these made of the last texts: one that is asked
    about a text right after another one computes the layers above alone.
    """
    due = _waiting().filter(retry_at__lte=timezone.now()).exclude(kind__in=down)
    longest = due.order_by("retry_at", "-pk").values_list("content_type_id", "object_id")[:BATCH]
    place_of = {text: place for place, text in enumerate(dict.fromkeys(longest))}
    numbers = {object_id for _, object_id in place_of}
    kinds = subject.active()

    def place(reading: Reading) -> tuple[int, int]:
        text = reading.content_type_id, reading.object_id
        return place_of[text], kinds.index(reading.kind)

    found = due.filter(object_id__in=numbers).prefetch_related("contribution")
    same = [each for each in found if (each.content_type_id, each.object_id) in place_of]
    return sorted(same, key=place)


def sweep_readings() -> None:
    """Schedule the reading of what waits; bring back moments that a wrong clock wrote."""
    bring_back_far(_waiting())
    bring_back_future(Reading.objects.filter(kind__in=prediction.KINDS), "updated_at")
    sweep_waiting(read_waiting, _waiting())


def put_off_reading(key: str) -> None:
    """Put a reading off of which a worker died."""
    for reading in _waiting().filter(pk=int(key)):
        reading.error = "the worker died while it read"
        put_off(reading)


def _waiting() -> QuerySet[Reading]:
    """Return what waits for a model that is there, and is not given up."""
    waiting = Reading.objects.filter(is_waiting=True, retry_at__isnull=False)
    return waiting.filter(kind__in=subject.active())

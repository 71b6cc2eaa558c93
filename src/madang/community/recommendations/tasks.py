"""What takes longer than a page may: vectors of items that are no posts, and trained lists."""

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db.models import F, QuerySet
from django.utils import timezone
from django_tasks import task

from madang.community.accounts.models import User
from madang.community.extension import item
from madang.community.inference import prediction
from madang.community.inference.actions import answer_to, is_answering
from madang.community.inference.schedule import (
    MAX_FAILURES,
    bring_back_future,
    delay_after,
    schedule,
    sweep_waiting,
)
from madang.community.processes import pulse
from madang.community.recommendations import history
from madang.community.recommendations.consent import choice_of, has_agreed
from madang.community.recommendations.eligibility import find_eligible
from madang.community.recommendations.models import Embedding, Prepared

BATCH = 200
#: After so long other tasks get their turn.
SECONDS_A_RUN = 20.0
#: So many are asked for, and so many of each kind kept, each with its reason: some may not be
#: shown, and a page of one kind must not be empty because there is more of another.
NUM_ASKED, NUM_KEPT = 10_000, 20


@task()
def read_items(attempt: int = 0) -> int:
    """Give each item that waits its vector; return how many were read.

    Items whose vector is another model's wait too. Where the model answers nothing, come back
    later and later.
    """
    if not prediction.has_model(prediction.SENTENCE):
        return 0
    if not is_answering(prediction.SENTENCE):
        _come_back(attempt)
        return 0
    version = prediction.model_version(prediction.SENTENCE)
    outdated = Embedding.objects.filter(answer__isnull=False).exclude(answer__model_version=version)
    outdated.update(answer=None, num_failures=0)
    deadline = time.monotonic() + SECONDS_A_RUN
    number = 0
    while batch := list(_waiting().order_by("num_failures")[:BATCH]):
        for each in batch:
            if time.monotonic() > deadline:
                schedule(read_items, delay=timedelta())
                return number
            pulse.beat(read_items.module_path, each.pk)
            if _read(each):
                number += 1
            elif not is_answering(prediction.SENTENCE):
                _come_back(attempt)
                return number
            else:
                put_off_item(each.pk)
    return number


def sweep_items() -> None:
    """Schedule the reading of items that wait; bring back moments that a wrong clock wrote."""
    bring_back_future(Embedding.objects.all(), "updated_at")
    if prediction.has_model(prediction.SENTENCE):
        sweep_waiting(read_items, _waiting())


def put_off_item(name: str) -> None:
    """Count a failure against an item: those with fewer are read before it."""
    Embedding.objects.filter(pk=name).update(num_failures=F("num_failures") + 1)


@task()
def prepare(person_id: int) -> int:
    """Let the trained recommender look at a person's history; return how many items it found."""
    person = User.objects.filter(pk=person_id).first()
    if person is None or not has_agreed(choice_of(person)):
        return 0
    past = history.load(person)
    name = prediction.name_of(prediction.RECOMMENDER)
    try:
        names = prediction.recommend(past.names, number=NUM_ASKED, patient=True)
        kept = _best_of_each_kind(names, person)
        reasons = [prediction.because(past.names, each, patient=True) for each in kept]
    except prediction.ModelUnavailableError:
        return 0  # the log says why; the next page orders anew
    pairs = [list(pair) for pair in zip(kept, reasons, strict=True)]
    fields = {"items": pairs, "history": past.version, "model_name": name}
    # Not created here: where there is no row any more, the person has reset meanwhile.
    Prepared.objects.filter(person=person).update(**fields)
    return len(pairs)


def _waiting() -> QuerySet[Embedding]:
    """Return the items that wait and are not given up."""
    return Embedding.objects.filter(answer=None, num_failures__lt=MAX_FAILURES)


def _best_of_each_kind(names: Sequence[str], person: User) -> list[str]:
    """Return the first of each kind that may be recommended to a person, in order."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if parts := item.split_name(name):
            by_kind[parts[0]].append(name)
    kept: set[str] = set()
    for of_kind in by_kind.values():
        found = find_eligible(of_kind, person, number=NUM_KEPT)
        kept.update([name for name in of_kind if name in found][:NUM_KEPT])
    return [name for name in names if name in kept]


def _come_back(attempt: int) -> None:
    """Try again after a pause."""
    schedule(read_items, delay=delay_after(attempt), attempt=attempt + 1)


def _read(embedding: Embedding) -> bool:
    """Give one item its vector, unless it is edited meanwhile; say whether the model answered."""
    text = item.texts_of([embedding.item]).get(embedding.item)
    unchanged = Embedding.objects.filter(pk=embedding.pk, updated_at=embedding.updated_at)
    if text is None:
        unchanged.delete()
        return True
    try:
        answer = answer_to(prediction.SENTENCE, text, patient=True)
    except prediction.ModelUnavailableError:
        return False
    unchanged.update(answer=answer, updated_at=timezone.now())
    return True

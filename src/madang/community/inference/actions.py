"""What can be done about readings; one verb a function."""

import logging
from datetime import datetime
from typing import Any

import numpy as np
from django.db import Error, transaction
from django.db.models import QuerySet
from django.utils import timezone

from madang.community.extension.about import key_of
from madang.community.extension.content import text_hash
from madang.community.extension.contribution import Contribution
from madang.community.extension.lock import GoneError, hold, hold_many
from madang.community.inference import prediction, subject
from madang.community.inference.language import language_of
from madang.community.inference.models import Answer, Reading
from madang.community.inference.schedule import MAX_FAILURES, delay_after_failures
from madang.community.inference.signals import answered, outdated

logger = logging.getLogger(__name__)


def open_readings(contribution: Contribution) -> list[Reading]:
    """Let a written, edited or moved text wait for each model that reads it."""
    kinds = subject.kinds_of(contribution)
    digest = text_hash(contribution.judged_text) if kinds else ""
    earlier = Reading.objects.of(contribution)
    for reading in earlier:
        is_read = reading.kind in kinds
        if not is_read or reading.text_sha256 != digest:
            outdated.send(
                sender=Reading, kind=reading.kind, contribution=contribution, is_read=is_read
            )
    earlier.exclude(kind__in=kinds).delete()
    return [_open(kind, contribution, digest) for kind in kinds]


def read(reading: Reading, *, patient: bool = False) -> bool:
    """Ask the model about a text, or take its kept answer; say whether there is one now.

    Where the model fails the reading waits, and ``error`` says why. Raises ``django.db.Error``
    where the database fails, which is no text's fault.
    """
    try:
        if reading.contribution is None:  # deleted while it was let wait
            reading.delete()
            return True
        text = reading.contribution.judged_text
        _note_text(reading, text_hash(text))
        return _apply(reading, answer_to(reading.kind, text, patient=patient))
    except prediction.ModelUnavailableError as error:
        reading.error = str(error)[:300]
    except Error:
        raise
    except Exception as error:
        logger.exception("Reading %s failed", reading)
        reading.error = repr(error)[:300]
    return False


def answer_to(kind: str, text: str, *, patient: bool = False) -> Answer:
    """Return the kept answer to a text, or ask the model; raises ``ModelUnavailableError`` soon."""
    return _find(kind, text_hash(text)) or _ask(kind, text, patient=patient)


def was_cut(kind: str, contribution: Contribution) -> bool:
    """Say whether the model of that kind read the beginning and the end of a text alone."""
    if not prediction.may_be_cut(contribution.judged_text):
        return False
    readings = Reading.objects.of(contribution).filter(kind=kind)
    return readings.filter(answer__value__is_truncated=True).exists()


def is_answering(kind: str) -> bool:
    """Say whether the model answers any text at all."""
    try:
        prediction.read(kind, prediction.PROBE, patient=True)
    except prediction.ModelUnavailableError:
        return False
    return True


def put_off(reading: Reading) -> None:
    """Try a text later on which the model failed: later each time, and in the end no more."""
    reading.num_failures += 1
    reading.retry_at = None
    if reading.num_failures < MAX_FAILURES:
        reading.retry_at = timezone.now() + delay_after_failures(reading.num_failures)
    fields = {"num_failures": reading.num_failures, "retry_at": reading.retry_at}
    same = Reading.objects.filter(pk=reading.pk, text_sha256=reading.text_sha256, is_waiting=True)
    same.update(**fields, error=reading.error)


def wait_once_more() -> int:
    """Let all that was given up wait for one more try, and return how many these are."""
    given_up = Reading.objects.filter(is_waiting=True, retry_at=None)
    return _wait_again(given_up, retry_at=timezone.now(), num_failures=0)


def open_unread(kind: str, *, batch: int) -> int:
    """Let texts wait that this model has not seen, or an earlier version; return how many."""
    version = prediction.model_version(kind)
    stale = Reading.objects.filter(kind=kind, is_waiting=False).exclude(
        answer__model_version=version
    )
    now = timezone.now()
    number = _wait_again(stale, batch=batch, is_waiting=True, retry_at=now)
    for of, condition in subject.read_by(kind).items():
        seen = Reading.objects.of_kind(of).filter(kind=kind).values("object_id")
        unread = of._default_manager.filter(condition).exclude(pk__in=seen).order_by("-pk")
        number += _open_many(kind, of, list(unread.values_list("pk", flat=True)[:batch]), now)
    return number


@transaction.atomic
def _wait_again(readings: QuerySet[Reading], *, batch: int | None = None, **fields: Any) -> int:
    """Let readings wait, but those that somebody else has in hand; return how many.

    What holds those is an edit, which lets them wait itself, an answer, or a deletion.
    """
    free = readings.select_for_update(skip_locked=True, of=("self",))
    chosen = list(free.values_list("pk", flat=True)[:batch])
    return Reading.objects.filter(pk__in=chosen).update(**fields)


def _open(kind: str, contribution: Contribution, digest: str) -> Reading:
    found, is_new = Reading.objects.get_or_create(
        **key_of(contribution),
        kind=kind,
        defaults={"text_sha256": digest, "retry_at": timezone.now()},
    )
    found.contribution = contribution
    if is_new:
        return found
    if found.text_sha256 != digest:
        found.text_sha256, found.answer = digest, None
    found.is_waiting, found.num_failures, found.error = True, 0, ""
    found.retry_at = timezone.now()
    found.save()
    return found


@transaction.atomic
def _open_many(kind: str, of: type[Contribution], unread: list[int], now: datetime) -> int:
    """Let contributions wait, locked: none is deleted before its reading is kept."""
    readings = [
        Reading(
            kind=kind,
            contribution=each,
            text_sha256=text_hash(each.judged_text),
            retry_at=now,
        )
        for each in hold_many(of, unread)
    ]
    Reading.objects.bulk_create(readings, ignore_conflicts=True)
    return len(readings)


def _note_text(reading: Reading, digest: str) -> None:
    """Follow a text that was changed by a way that tells nobody."""
    if reading.text_sha256 != digest:
        same = Reading.objects.filter(pk=reading.pk, text_sha256=reading.text_sha256)
        same.update(text_sha256=digest, answer=None)
        reading.text_sha256 = digest


def _find(kind: str, digest: str) -> Answer | None:
    version = prediction.model_version(kind)
    if version is None:
        return None
    return Answer.objects.filter(kind=kind, text_sha256=digest, model_version=version).first()


def _ask(kind: str, text: str, *, patient: bool) -> Answer:
    reply = prediction.read(kind, text, patient=patient)
    value, vector = reply.value, None
    if reply.vector is not None:
        value = {**value, "language": language_of(text)}
        vector = reply.vector.astype(np.dtype("<f2")).tobytes()
    # Two requests may ask about the same text at once: the first answer stays.
    answer, _ = Answer.objects.get_or_create(
        kind=kind,
        text_sha256=text_hash(text),
        model_version=reply.model_version,
        defaults={"model_name": reply.model_name, "value": value, "vector": vector},
    )
    return answer


@transaction.atomic
def _apply(reading: Reading, answer: Answer) -> bool:
    """Keep the answer, unless the text was edited or deleted meanwhile."""
    try:
        contribution = hold(reading.contribution)
    except GoneError:
        return True
    now = (
        Reading.objects.select_for_update()
        .filter(pk=reading.pk, text_sha256=answer.text_sha256)
        .first()
    )
    if now is None:
        return True
    now.contribution = contribution
    now.answer, now.is_waiting, now.retry_at = answer, False, None
    now.num_failures, now.error = 0, ""
    now.save()
    answered.send(sender=Reading, reading=now)
    return True

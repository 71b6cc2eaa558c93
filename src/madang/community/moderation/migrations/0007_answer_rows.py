"""What the model said of advertising becomes answers, and what waits for it, readings; and back.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

from collections.abc import Iterator
from typing import Any

from django.db import migrations
from django.utils import timezone

ADS = "ads"
#: As in ``inference/schedule.py`` on this day.
MAX_FAILURES = 6
BATCH = 500


def to_answers(apps: Any, schema_editor: Any) -> None:
    Answer = _dated(apps, "analysis", "Answer")
    numbers: dict[int, int] = {}
    for batch in _batches(apps.get_model("moderation", "Judgement").objects):
        made = Answer.objects.bulk_create(
            Answer(
                kind=ADS,
                text_sha256=each.text_sha256,
                model_name=each.model_name,
                model_version=each.model_version,
                value={
                    "label": each.label,
                    "probabilities": {"ordinary": 1 - each.ad_probability, "ad": each.ad_probability},
                    "threshold": each.threshold,
                    "reasons": each.reasons,
                    "is_truncated": each.is_truncated,
                },
                created_at=each.created_at,
            )
            for each in batch
        )
        numbers.update(zip((each.pk for each in batch), (each.pk for each in made), strict=True))
    _refer(apps, numbers, old="judgement", new="answer")
    Reading = apps.get_model("analysis", "Reading")
    kind = _kind_of_posts(apps)
    now = timezone.now()
    for batch in _batches(apps.get_model("moderation", "Case").objects):
        Reading.objects.bulk_create(
            Reading(
                kind=ADS,
                content_type=kind,
                object_id=case.pk,
                text_sha256=case.text_sha256,
                answer_id=case.answer_id,
                is_waiting=case.source == "pending",
                num_failures=case.num_failures,
                retry_at=_retry_at(case, now),
            )
            for case in batch
        )


def to_judgements(apps: Any, schema_editor: Any) -> None:
    Judgement = _dated(apps, "moderation", "Judgement")
    numbers: dict[int, int] = {}
    answers = apps.get_model("analysis", "Answer").objects.filter(kind=ADS)
    for batch in _batches(answers):
        made = Judgement.objects.bulk_create(
            Judgement(
                text_sha256=each.text_sha256,
                model_name=each.model_name,
                model_version=each.model_version,
                label=each.value["label"],
                ad_probability=each.value["probabilities"]["ad"],
                threshold=each.value["threshold"],
                reasons=each.value["reasons"],
                is_truncated=each.value["is_truncated"],
                created_at=each.created_at,
            )
            for each in batch
        )
        numbers.update(zip((each.pk for each in batch), (each.pk for each in made), strict=True))
    _refer(apps, numbers, old="answer", new="judgement")
    kind = _kind_of_posts(apps)
    readings = apps.get_model("analysis", "Reading").objects.filter(kind=ADS)
    Case = apps.get_model("moderation", "Case")
    for batch in _batches(readings.filter(content_type=kind)):
        for each in batch:
            if each.num_failures or each.retry_at:
                case = Case.objects.filter(pk=each.object_id)
                case.update(num_failures=each.num_failures, retry_at=each.retry_at)
    readings.delete()
    answers.delete()


def _retry_at(case: Any, now: Any) -> Any:
    """Return when a text is read again: at once where no moment was set, never if given up."""
    if case.source != "pending" or case.num_failures >= MAX_FAILURES:
        return None
    return case.retry_at or now


def _refer(apps: Any, numbers: dict[int, int], *, old: str, new: str) -> None:
    """Have cases and appeals refer to the new rows as they refer to the old ones."""
    for name in ("Case", "Appeal"):
        model = apps.get_model("moderation", name)
        for batch in _batches(model.objects.exclude(**{old: None})):
            for row in batch:
                setattr(row, f"{new}_id", numbers[getattr(row, f"{old}_id")])
            model.objects.bulk_update(batch, [new])


def _kind_of_posts(apps: Any) -> Any:
    kinds = apps.get_model("contenttypes", "ContentType").objects
    return kinds.get_or_create(app_label="boards", model="post")[0]


def _dated(apps: Any, app: str, name: str) -> Any:
    """Return a model whose rows keep the moment that they are given."""
    model = apps.get_model(app, name)
    model._meta.get_field("created_at").auto_now_add = False
    return model


def _batches(rows: Any) -> Iterator[list[Any]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0006_answer"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(to_answers, to_judgements)]

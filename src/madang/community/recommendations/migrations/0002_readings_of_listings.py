"""Vectors of listings are readings, as those of posts are; the table of their own goes.

An answer and a number of failures stay; what waited waits, and what was given up is given up. Its
text is noted when it is read.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db import migrations
from django.utils import timezone

SENTENCE, GIVEN_UP_AFTER, BATCH = "sentence", 6, 1000


def move(apps: Any, schema_editor: Any) -> None:
    Embedding = apps.get_model("recommendations", "Embedding")
    Listing = apps.get_model("market", "Listing")
    Reading = apps.get_model("analysis", "Reading")
    content_type, _ = _content_types(apps).get_or_create(app_label="market", model="listing")
    there, now = set(Listing.objects.values_list("pk", flat=True)), timezone.now()

    def readings() -> Any:
        rows = Embedding.objects.filter(item__regex=r"^listing:[0-9]+$")
        for item, answer, digest, num_failures in rows.values_list(
            "item", "answer", "answer__text_sha256", "num_failures"
        ).iterator():
            is_waiting = answer is None
            is_due = is_waiting and num_failures < GIVEN_UP_AFTER
            number = int(item.partition(":")[2])
            if number in there:
                yield Reading(
                    kind=SENTENCE,
                    content_type=content_type,
                    object_id=number,
                    text_sha256=digest or "",
                    answer_id=answer,
                    is_waiting=is_waiting,
                    retry_at=now if is_due else None,
                    num_failures=num_failures,
                )

    _create(Reading, readings())


def move_back(apps: Any, schema_editor: Any) -> None:
    Embedding = apps.get_model("recommendations", "Embedding")
    readings = apps.get_model("analysis", "Reading").objects.filter(
        kind=SENTENCE,
        content_type__in=_content_types(apps).filter(app_label="market", model="listing"),
    )
    rows = readings.values_list("object_id", "answer", "num_failures").iterator()
    _create(
        Embedding,
        (
            Embedding(item=f"listing:{number}", answer_id=answer, num_failures=num_failures)
            for number, answer, num_failures in rows
        ),
    )
    readings.delete()


def _create(model: Any, rows: Iterator[Any]) -> None:
    while batch := list(islice(rows, BATCH)):
        model.objects.bulk_create(batch)


def _content_types(apps: Any) -> Any:
    return apps.get_model("contenttypes", "ContentType").objects


class Migration(migrations.Migration):

    dependencies = [
        ("recommendations", "0001_initial"),
        ("analysis", "0003_contribution_alone"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("market", "0001_initial"),
    ]

    operations = [
        migrations.RunPython(move, move_back),
        migrations.DeleteModel(name="Embedding"),
    ]

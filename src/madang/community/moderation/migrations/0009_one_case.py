"""One case, one appeal and one decision for all kinds of labels: new tables beside the old ones.

They get their names when the old ones are gone: the names of indexes are the whole database's.
"""

from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def refer(to: str, *, on_delete: Any = django.db.models.deletion.SET_NULL, null: bool = True) -> Any:
    return models.ForeignKey(null=null, on_delete=on_delete, related_name="+", to=to)


def about(*, outlives: bool = False) -> list[tuple[str, Any]]:
    deletion = django.db.models.deletion
    on_delete = deletion.SET_NULL if outlives else deletion.CASCADE
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("kind", models.CharField(max_length=12)),
        ("text_sha256", models.CharField(max_length=64)),
        ("content_type", refer("contenttypes.contenttype", on_delete=on_delete, null=outlives)),
        ("object_id", models.PositiveBigIntegerField(null=outlives)),
    ]


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0008_answer_alone"),
        ("analysis", "0003_contribution_alone"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TextAppeal",
            fields=[
                *about(),
                ("answer", refer("analysis.answer")),
                ("sentence", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "content_type", "object_id", "text_sha256"), name="appeal_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="TextDecision",
            fields=[
                *about(outlives=True),
                ("text", models.TextField()),
                ("author", refer(settings.AUTH_USER_MODEL)),
                ("moderator", refer(settings.AUTH_USER_MODEL)),
                ("decided_at", models.DateTimeField(auto_now_add=True)),
                ("action", models.CharField(max_length=10)),
                ("label", models.CharField(blank=True, max_length=10)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("appeal", refer("moderation.textappeal")),
                ("appeal_sentence", models.CharField(blank=True, max_length=300)),
                ("model_label", models.CharField(blank=True, max_length=10)),
                ("model_probability", models.FloatField(null=True)),
                ("model_name", models.CharField(blank=True, max_length=200)),
                ("model_version", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [models.Index(fields=["kind", "text_sha256", "-id"], name="decision_on_text")],
            },
        ),
        migrations.CreateModel(
            name="TextCase",
            fields=[
                *about(),
                ("source", models.CharField(choices=[("pending", "판단 중"), ("model", "모델"), ("author", "글쓴이"), ("moderator", "운영자")], default="pending", max_length=10)),
                ("label", models.CharField(blank=True, max_length=10)),
                ("priority", models.PositiveSmallIntegerField(choices=[(0, "이의"), (1, "처리 뒤 고침"), (2, "모델이 판단"), (3, "처리함")], default=2)),
                ("answer", refer("analysis.answer")),
                ("model_label", models.CharField(blank=True, max_length=10)),
                ("probability", models.FloatField(null=True)),
                ("certainty", models.FloatField(default=1.0)),
                ("appeal", refer("moderation.textappeal")),
                ("decision", refer("moderation.textdecision")),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "content_type", "object_id"), name="case_once"),
                ],
                "indexes": [
                    models.Index(fields=["kind", "priority", "certainty"], name="case_by_priority"),
                    models.Index(fields=["kind", "source", "label", "certainty"], name="case_by_label"),
                ],
            },
        ),
    ]

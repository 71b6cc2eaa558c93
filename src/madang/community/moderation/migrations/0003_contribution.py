"""Any contribution can be folded: say first which post or comment each row was about."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    ContentType = apps.get_model("contenttypes", "ContentType")
    for name in ("Speech", "SpeechDecision"):
        rows = apps.get_model("moderation", name).objects
        for model, others in (("post", {"comment": None}), ("comment", {})):
            kind, _ = ContentType.objects.get_or_create(app_label="boards", model=model)
            there = rows.filter(**{f"{model}__isnull": False}, **others)
            there.update(content_type=kind, object_id=F(f"{model}_id"))


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0002_speech"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="speech",
            name="content_type",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contenttypes.contenttype"),
        ),
        migrations.AddField(
            model_name="speech",
            name="object_id",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="speechdecision",
            name="content_type",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="contenttypes.contenttype"),
        ),
        migrations.AddField(
            model_name="speechdecision",
            name="object_id",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.RunPython(fill),
    ]

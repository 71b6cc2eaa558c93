"""Readings are of contributions of any kind: say first which post or comment each was of."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    Reading = apps.get_model("analysis", "Reading")
    ContentType = apps.get_model("contenttypes", "ContentType")
    for model, others in (("post", {"comment": None}), ("comment", {"comment__isnull": False})):
        kind, _ = ContentType.objects.get_or_create(app_label="boards", model=model)
        Reading.objects.filter(**others).update(content_type=kind, object_id=F(f"{model}_id"))


class Migration(migrations.Migration):

    dependencies = [
        ("analysis", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="content_type",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contenttypes.contenttype"),
        ),
        migrations.AddField(
            model_name="reading",
            name="object_id",
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.RunPython(fill),
    ]

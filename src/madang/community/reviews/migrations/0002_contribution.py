"""Opinions are on contributions of any kind; the posts' are carried over into a new table.

A new one, because the post was the key of the old.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

BATCH = 1000
FIELDS = ("label", "probability", "reasons", "is_truncated", "model_name", "model_version", "is_hidden")


def carry_over(apps: Any, schema_editor: Any) -> None:
    Old, New = apps.get_model("reviews", "OldOpinion"), apps.get_model("reviews", "Opinion")
    ContentType = apps.get_model("contenttypes", "ContentType")
    kind, _ = ContentType.objects.get_or_create(app_label="boards", model="post")
    opinions = (
        New(content_type=kind, object_id=old.post_id, **{name: getattr(old, name) for name in FIELDS})
        for old in Old.objects.iterator(chunk_size=BATCH)
    )
    New.objects.bulk_create(opinions, batch_size=BATCH)


class Migration(migrations.Migration):

    dependencies = [
        ("reviews", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="opinion", name="opinion_list"),
        migrations.RenameModel("Opinion", "OldOpinion"),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("object_id", models.PositiveBigIntegerField()),
                ("label", models.CharField(blank=True, choices=[("", "아직 읽지 않음"), ("positive", "긍정"), ("negative", "부정"), ("unclear", "뚜렷하지 않음")], max_length=10)),
                ("probability", models.FloatField(default=0.5)),
                ("reasons", models.JSONField(default=list)),
                ("is_truncated", models.BooleanField(default=False)),
                ("model_name", models.CharField(blank=True, max_length=200)),
                ("model_version", models.CharField(blank=True, max_length=64)),
                ("is_hidden", models.BooleanField(default=False)),
                ("content_type", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contenttypes.contenttype")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("content_type", "object_id"), name="opinion_once")],
            },
        ),
        migrations.RunPython(carry_over),
        migrations.DeleteModel("OldOpinion"),
    ]

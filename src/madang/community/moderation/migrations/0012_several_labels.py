"""A text may have several labels: room for all of them in one column."""

from django.db import migrations, models


def longer(model: str, name: str) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=model, name=name, field=models.CharField(blank=True, max_length=60)
    )


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0011_one_case_alone"),
    ]

    operations = [
        longer(model, name) for model in ("case", "decision") for name in ("label", "model_label")
    ]

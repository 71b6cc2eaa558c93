"""Advertising is read as all else is: cases and appeals can refer to what a model answered."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0005_speech_is_truncated"),
        ("analysis", "0003_contribution_alone"),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name="answer",
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="analysis.answer"),
        )
        for name in ("case", "appeal")
    ]

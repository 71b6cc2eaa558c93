"""Any contribution can be folded, named by one pair of columns alone.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0003_contribution"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="speech", name="speech_once_a_post"),
        migrations.RemoveField(model_name="speech", name="comment"),
        migrations.RemoveField(model_name="speech", name="post"),
        migrations.RemoveField(model_name="speechdecision", name="comment"),
        migrations.RemoveField(model_name="speechdecision", name="post"),
        migrations.AlterField(
            model_name="speech",
            name="content_type",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contenttypes.contenttype"),
        ),
        migrations.AlterField(
            model_name="speech",
            name="object_id",
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AddConstraint(
            model_name="speech",
            constraint=models.UniqueConstraint(fields=("content_type", "object_id"), name="speech_once"),
        ),
    ]

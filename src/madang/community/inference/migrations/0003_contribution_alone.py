"""Readings are of contributions of any kind, named by one pair of columns alone.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("analysis", "0002_contribution"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="reading", name="reading_once_a_post"),
        migrations.RemoveConstraint(model_name="reading", name="reading_once_a_comment"),
        migrations.RemoveField(model_name="reading", name="comment"),
        migrations.RemoveField(model_name="reading", name="post"),
        migrations.AlterField(
            model_name="reading",
            name="content_type",
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="contenttypes.contenttype"),
        ),
        migrations.AlterField(
            model_name="reading",
            name="object_id",
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AddConstraint(
            model_name="reading",
            constraint=models.UniqueConstraint(fields=("kind", "content_type", "object_id"), name="reading_once"),
        ),
    ]

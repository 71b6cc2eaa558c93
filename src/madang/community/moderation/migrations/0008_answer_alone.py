"""Advertising is read as all else is; what was kept twice goes.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0007_answer_rows"),
    ]

    operations = [
        migrations.RemoveField(model_name="appeal", name="judgement"),
        migrations.RemoveField(model_name="case", name="judgement"),
        migrations.RemoveField(model_name="case", name="num_failures"),
        migrations.RemoveField(model_name="case", name="retry_at"),
        migrations.DeleteModel(name="Judgement"),
    ]

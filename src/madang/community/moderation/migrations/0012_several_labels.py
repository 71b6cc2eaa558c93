"""A text may have several labels: room for all of them in one column.

SQLite keeps no length, so nothing is changed there. Were its tables made anew, their indexes would
get today's names, which the tables of an earlier state have: nobody could go back to it.
"""

from typing import Any

from django.db import migrations, models


class Lengthen(migrations.AlterField):
    """Change how long a text may be, where the database counts."""

    def database_forwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            super().database_forwards(app_label, schema_editor, *states)

    def database_backwards(self, app_label: str, schema_editor: Any, *states: Any) -> None:
        if schema_editor.connection.vendor != "sqlite":
            super().database_backwards(app_label, schema_editor, *states)


def longer(model: str, name: str) -> Lengthen:
    return Lengthen(model_name=model, name=name, field=models.CharField(blank=True, max_length=60))


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0011_one_case_alone"),
    ]

    operations = [
        longer(model, name) for model in ("case", "decision") for name in ("label", "model_label")
    ]

"""One case, one appeal and one decision for all kinds of labels; what was kept twice goes.

A migration of its own: PostgreSQL changes no table to which this transaction has written.
"""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0010_one_case_rows"),
    ]

    operations = [
        migrations.DeleteModel(name="Case"),
        migrations.DeleteModel(name="Speech"),
        migrations.DeleteModel(name="SpeechDecision"),
        migrations.DeleteModel(name="Decision"),
        migrations.DeleteModel(name="Appeal"),
        migrations.RenameModel(old_name="TextAppeal", new_name="Appeal"),
        migrations.RenameModel(old_name="TextDecision", new_name="Decision"),
        migrations.RenameModel(old_name="TextCase", new_name="Case"),
    ]

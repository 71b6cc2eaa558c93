"""Of a folded text it is known whether all of it was read."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("moderation", "0004_contribution_alone"),
    ]

    operations = [
        migrations.AddField(
            model_name="speech",
            name="is_truncated",
            field=models.BooleanField(default=False),
        ),
    ]

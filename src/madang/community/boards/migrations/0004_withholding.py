"""Posts and comments can be withheld; back again, what is withheld stays down."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("boards", "0003_folding_and_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="is_withheld",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="comment",
            name="is_withheld",
            field=models.BooleanField(default=False),
        ),
    ]

"""Listings and reviews can be withheld; back again, what is withheld stays down."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("market", "0003_folding"),
    ]

    operations = [
        migrations.AddField(
            model_name="listing",
            name="is_withheld",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="review",
            name="is_withheld",
            field=models.BooleanField(default=False),
        ),
    ]

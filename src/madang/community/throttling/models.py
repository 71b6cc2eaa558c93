"""The counters of the rate limits."""

from django.db import models


class Counter(models.Model):
    """How often something was done since its window began; a row is deleted once that is over.

    ``key`` is a keyed hash of the action and of who did it, so that no address and no text can be
    read here. The time is in seconds since 1970, as ``actions.take`` compares it in SQL.
    """

    key = models.CharField(max_length=64, primary_key=True)
    number = models.PositiveIntegerField()
    expires_at = models.FloatField(db_index=True)

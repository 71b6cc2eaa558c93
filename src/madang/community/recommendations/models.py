"""Who agreed, what they did, and what was found for them."""

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from madang.community.accounts.models import User

MAX_NAME = 40  # of an item


class Consent(models.Model):
    """A person's answer to whether what they do may be kept; no row: never asked."""

    #: Who said 나중에 is asked once more after so long.
    AGAIN_AFTER = timedelta(days=30)

    class Choice(models.TextChoices):
        """What was answered, or set later by the switch; "" where nothing was asked yet."""

        AGREED = "agreed", _("동의")
        LATER = "later", _("나중에")
        DECLINED = "declined", _("아니요")

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="consent"
    )
    choice = models.CharField(max_length=10, choices=Choice.choices)
    answered_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.person_id} {self.choice}"

    @classmethod
    def of(cls, person: User) -> Self:
        """Return what *person* answered; where nothing was asked yet, an answer that is empty."""
        return cls.objects.filter(person=person).first() or cls(person=person)

    @property
    def is_given(self) -> bool:
        """Say whether interactions may be kept and used."""
        return self.choice == self.Choice.AGREED

    @property
    def is_to_be_asked(self) -> bool:
        """Say whether the question stands on the page: once, and again long after 나중에."""
        # A clock that was wrong may have put the answer into the future.
        is_long_ago = abs(timezone.now() - self.answered_at) > self.AGAIN_AFTER
        return not self.choice or (self.choice == self.Choice.LATER and is_long_ago)


class Interaction(models.Model):
    """That a person who agreed opened or took an item (``extension/item.py``)."""

    class Action(models.TextChoices):
        """What was done."""

        VIEW = "view", _("봄")
        TAKE = "take", _("구매하거나 받음")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="interactions", db_index=False
    )
    item = models.CharField(max_length=MAX_NAME)
    action = models.CharField(max_length=4, choices=Action.choices)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["person", "-id"], name="interaction_history"),
            models.Index(fields=["person", "item", "action", "at"], name="interaction_item"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.action} {self.item}"


class Prepared(models.Model):
    """What the trained recommender found for a person, in the background.

    ``items`` are pairs of an item and the one of the history that speaks for it, or None.
    ``history`` is the number of the interaction up to which it looked, ``model_name`` the model's
    folder. ``asked_at``: when the last look was ordered.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    items = models.JSONField(default=list)
    history = models.BigIntegerField(default=0)
    model_name = models.CharField(max_length=400, blank=True)
    asked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} {len(self.items)}"

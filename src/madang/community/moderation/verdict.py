"""What advertising and hateful speech have in common: how a text stands, and a person's verdict."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models

from madang.community.boards.page import read_number

HASH_LENGTH = 64


class Standing(models.Model):
    """How one text stands now; it also has a ``decision``, None where no moderator spoke yet."""

    text_sha256 = models.CharField(max_length=HASH_LENGTH)
    updated_at = models.DateTimeField(auto_now=True)

    if TYPE_CHECKING:
        decision_id: int | None

    class Meta:
        abstract = True

    @property
    def key(self) -> str:
        """Name the text as it stands: another text or a further decision gives another key."""
        return f"{self.pk}:{self.text_sha256[:16]}:{self.decision_id or 0}"

    @classmethod
    def find(cls, key: str) -> Self | None:
        """Return what stands as *key* says, None where it is no more or changed since."""
        number = read_number(key.partition(":")[0])
        if number is None:
            return None
        found = cls._default_manager.filter(pk=number).first()
        return found if found is not None and found.key == key else None


class Verdict(models.Model):
    """What a moderator decided about one text: kept for good, and learnt from."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    moderator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=300, blank=True)
    text_sha256 = models.CharField(max_length=HASH_LENGTH)
    appeal_sentence = models.CharField(max_length=300, blank=True)

    if TYPE_CHECKING:
        action: str
        label: str

    class Meta:
        abstract = True
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.action} {self.label}".strip()

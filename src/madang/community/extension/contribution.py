"""Contributions: whatever a person wrote for others to read, whichever app keeps it.

Posts and comments are the boards'. An app that keeps others makes its model a ``Contribution``,
offers it when it starts, and sends ``contribution_written``; so whoever has texts read or
moderated need not know the app. What is said of one is kept as ``about.About``.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.extension.signals import contribution_deleted

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


class Contribution(models.Model):
    """What one person wrote; a moderator can take it down, another app can fold it."""

    #: What one of its kind is called.
    NAME: ClassVar["StrOrPromise"]
    #: The field of what it stands below, "" where it stands by itself.
    BELOW: ClassVar[str] = ""
    #: Whether it is up: where it stands below another, that is up as well.
    IS_UP: ClassVar[models.Q] = models.Q(removed_at=None)
    #: What is fetched along to show it, for ``select_related``.
    SHOWN_WITH: ClassVar[tuple[str, ...]] = ("author",)

    # Another app's word: the text is shown only to who unfolds it.
    is_folded = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    if TYPE_CHECKING:
        author: models.ForeignKey[User, User]
        author_id: int

    class Meta:
        abstract = True

    @property
    def judged_text(self) -> str:
        """Return what a model reads of it."""
        raise NotImplementedError

    @property
    def place(self) -> str:
        """Return the name of where it stands."""
        raise NotImplementedError

    def get_absolute_url(self) -> str:
        """Return the address that leads to it."""
        raise NotImplementedError

    def is_visible_to(self, reader: User | None) -> bool:
        """Say whether *reader* may open it: one taken down is for author and moderators."""
        if self.removed_at is None:
            return True
        if reader is None or not reader.is_authenticated:
            return False
        return self.author_id == reader.pk or reader.is_moderator


class _Acts(NamedTuple):
    remove: Callable[..., object]
    restore: Callable[..., object]


_offered: dict[type[Contribution], _Acts] = {}


def offer(
    kind: type[Contribution], *, remove: Callable[..., object], restore: Callable[..., object]
) -> None:
    """Let moderators handle contributions of *kind*.

    ``remove(one, moderator=…)`` takes one down, ``restore(one)`` puts it back.
    ``contribution_deleted`` is sent of each that is deleted for good, whoever deletes it.
    """
    _offered[kind] = _Acts(remove, restore)
    post_delete.connect(_tell_deleted, sender=kind, dispatch_uid=f"contribution-{kind.__name__}")


def kinds() -> list[type[Contribution]]:
    """Return all kinds of contributions on the site."""
    return list(_offered)


def count_up(person: User, *, most: int) -> int:
    """Count what a person wrote that is up and not folded, but no further than *most*."""
    number = 0
    theirs: dict[str, Any] = {"author": person, "is_folded": False}
    for kind in kinds():
        found = kind._default_manager.filter(kind.IS_UP, **theirs)
        number += len(found.order_by().values_list("pk")[: most - number])
        if number >= most:
            break
    return number


def remove(contribution: Contribution, *, moderator: User) -> None:
    """Take a contribution down."""
    _offered[type(contribution)].remove(contribution, moderator=moderator)


def restore(contribution: Contribution) -> None:
    """Put a contribution back that had been taken down."""
    _offered[type(contribution)].restore(contribution)


def keep_removed(contribution: Contribution, moderator: User | None) -> None:
    """Write that *moderator* took a contribution down, or that nobody did."""
    contribution.removed_at = timezone.now() if moderator else None
    contribution.removed_by = moderator
    contribution.save(update_fields=["removed_at", "removed_by"])


def _tell_deleted(instance: Contribution, **_: Any) -> None:
    contribution_deleted.send(sender=type(instance), contribution=instance)

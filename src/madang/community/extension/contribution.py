"""Contributions: whatever a person wrote for others to read, whichever app keeps it.

Posts and comments are the boards'. An app that keeps others makes its model a ``Contribution``,
offers it when it starts, and writes it by ``actions.py``; so whoever has texts read or moderated
need not know the app. What is said of one is kept as ``about.About``.
"""

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models.signals import post_delete
from django.utils.translation import gettext_lazy as _

from madang.community.accounts.models import User
from madang.community.extension import content
from madang.community.extension.search import parse_query
from madang.community.extension.signals import contribution_deleted

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as StrOrPromise


class Contribution(models.Model):
    """What one person wrote; a moderator can take it down, another app can fold or withhold it.

    Down is whatever has ``removed_at``, so that each door to readers asks one question.
    """

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
    # Down by another app's word, until a moderator has looked: nobody took it down.
    is_withheld = models.BooleanField(default=False)

    if TYPE_CHECKING:
        author: models.ForeignKey[User, User]
        author_id: int
        body: models.TextField[str, str]

    class Meta:
        abstract = True

    @property
    def judged_text(self) -> str:
        """Return what a model reads of it."""
        return self.body

    @property
    def place(self) -> str:
        """Return the name of where it stands, or where what is above it does."""
        above: Contribution = getattr(self, self.BELOW)
        return above.place

    def get_absolute_url(self) -> str:
        """Return the address that leads to it."""
        raise NotImplementedError

    def index(self) -> None:
        """Bring up to date by what it is found, after it was written, taken down or put back."""

    def is_visible_to(self, reader: User | None) -> bool:
        """Say whether *reader* may open it: one taken down is for author and moderators."""
        if self.removed_at is None:
            return True
        if reader is None or not reader.is_authenticated:
            return False
        return self.author_id == reader.pk or reader.is_moderator

    @classmethod
    def withheld_from(cls, reader: User | None) -> models.Q:
        """Return which contributions are withheld and not *reader*'s matter."""
        if reader is None:
            return models.Q(is_withheld=True)
        if reader.is_moderator:
            return models.Q(pk=None)
        return models.Q(is_withheld=True) & ~models.Q(author=reader)


Row = TypeVar("Row", bound="Titled")


class TitledQuerySet(models.QuerySet[Row]):
    """Questions asked of contributions with a title."""

    def visible(self) -> Self:
        """Leave out what is down: taken so by a moderator, or withheld."""
        return self.filter(removed_at=None)

    def with_title(self, query: str) -> Self:
        """Keep those whose title contains each word of *query*; none for a query without words."""
        expression = parse_query(query)
        if not expression:
            return self.none()
        return self.filter(title_index__grams__match=expression)


class Titled(Contribution):
    """A contribution that stands by itself and is found by its title.

    Its app keeps the index: a model of one row for each that is up, with a primary key to it that
    is related as ``title_index``, and a ``GramsField`` named ``grams``.
    """

    title = models.CharField(_("제목"), max_length=100)
    # The form's own number: sent twice, it is still one.
    token = models.UUIDField(null=True, blank=True, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.title

    @property
    def judged_text(self) -> str:
        """Return title and text together."""
        return content.judged_text(self.title, self.body)

    def index(self) -> None:
        """Have the title found while this is up, and not while it is down."""
        title: Any = self._meta.get_field("title_index").related_model
        title._default_manager.filter(pk=self.pk).delete()
        if self.removed_at is None:
            title._default_manager.bulk_create([title(pk=self.pk, grams=self.title)])


_offered: list[type[Contribution]] = []


def offer(kind: type[Contribution]) -> None:
    """Let moderators handle contributions of *kind*.

    ``contribution_deleted`` is sent of each that is deleted for good, whoever deletes it.
    """
    _offered.append(kind)
    post_delete.connect(_tell_deleted, sender=kind, dispatch_uid=f"contribution-{kind.__name__}")


def kinds() -> list[type[Contribution]]:
    """Return all kinds of contributions on the site."""
    return [*_offered]


def find_kind(name: str) -> type[Contribution] | None:
    """Return the kind whose model has that name, None where there is none."""
    return next((kind for kind in _offered if kind._meta.model_name == name), None)


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


def _tell_deleted(instance: Contribution, **_: Any) -> None:
    contribution_deleted.send(sender=type(instance), contribution=instance)

"""A person of the community."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.dispatch import Signal
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from madang.community.site.address import address_of
from madang.text.composition import MOST_PARTS, compose, is_stream_safe

MODERATORS = "moderators"
MAX_NAME = 150

# With person: User, inside the transaction that deletes the account and before it does: who keeps
# something of theirs locks it, so that nobody adds to it meanwhile (``extension/lock.py``).
account_closing = Signal()


class User(AbstractUser):
    """A person; the username is the name that others read."""

    hides_advertisements = models.BooleanField(_("광고 글 숨기기"), default=False)

    class Meta:
        verbose_name = _("사람")
        verbose_name_plural = _("사람들")

    def get_absolute_url(self) -> str:
        """Return the address of the page with this person's posts."""
        return address_of("boards:person", self.username)

    @classmethod
    def normalize_username(cls, username: str) -> str:
        """Compose a name (NFKC); one that nobody can have stays as it is: it is refused later."""
        if len(username) > MOST_PARTS * MAX_NAME or not is_stream_safe(username):
            return username
        return compose(username, "NFKC")

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the account with all that the person wrote.

        What is written is locked before the person, as everywhere. Once the person is locked, they
        write nothing more; what they wrote until then is locked the second time.
        """
        account_closing.send(sender=User, person=self)
        list(User.objects.select_for_update().filter(pk=self.pk).values_list("pk"))
        account_closing.send(sender=User, person=self)
        return super().delete(*args, **kwargs)

    @cached_property
    def is_moderator(self) -> bool:
        """Say whether this person may moderate: a member of the moderators, or a superuser."""
        return self.is_superuser or self.groups.filter(name=MODERATORS).exists()

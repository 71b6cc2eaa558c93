"""A person of the community."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from madang.community.address import address_of
from madang.text.composition import MOST_PARTS, compose, is_stream_safe

MODERATORS = "moderators"
MAX_NAME = 150


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

    @cached_property
    def is_moderator(self) -> bool:
        """Say whether this person may moderate: a member of the moderators, or a superuser."""
        return self.is_superuser or self.groups.filter(name=MODERATORS).exists()

"""Where django-allauth asks the site what it wants."""

from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from madang.community.accounts.models import User
from madang.text.unicode import HANGUL_FILLERS


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The site's wishes, where they differ from allauth's."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a name that looks like another's, that cannot be seen, or has no page."""
        name = str(super().clean_username(User.normalize_username(username), shallow))
        if not HANGUL_FILLERS.isdisjoint(name) or not name.strip("."):
            raise ValidationError(UnicodeUsernameValidator.message, code="invalid")
        return name

    def add_message(self, request: HttpRequest, *args: object, **kwargs: object) -> None:
        """Say nothing on log-in and log-out: the header shows it already."""


def name_of_login(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Say under which name somebody tries to log in, for django-axes to count by.

    Case and composition are folded: a name is found however it is typed, so that counting by the
    spelling would give a guesser as many tries as there are spellings.
    """
    name = (credentials or {}).get("username") or request.POST.get("login", "")
    return User.normalize_username(name.strip()).casefold()

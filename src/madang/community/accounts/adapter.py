"""Where django-allauth asks the site what it wants."""

from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The site's wishes, where they differ from collections.abc import Mapping

    from allauth's defaults."""

    def add_message(self, request: HttpRequest, *args: object, **kwargs: object) -> None:
        """Say nothing on log-in and log-out: the header shows it already."""


def name_of_login(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Say under which name somebody tries to log in, for django-axes to count by.

    Case is folded: django-allauth finds a name in any case, so that counting by the spelling
    would give a guesser as many tries as there are spellings.
    """
    name = (credentials or {}).get("username") or request.POST.get("login", "")
    return name.strip().casefold()

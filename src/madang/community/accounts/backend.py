"""How a name and a password are looked up.

The sessions of all who are logged in name this class: it stays where it is.
"""

from typing import Any

from allauth.account import auth_backends
from django.http import HttpRequest

from madang.community.accounts.models import MAX_NAME, User


class AuthenticationBackend(auth_backends.AuthenticationBackend):  # type: ignore[misc]
    """Allauth's, which finds a name in any case; one longer than names may be is not looked for.

    SQLite compares without case by a pattern, and a pattern of 50,000 bytes is an error to it.
    """

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return whose name and password these are, None where they are nobody's."""
        if any(len(str(credentials.get(name) or "")) > MAX_NAME for name in ("username", "email")):
            return None
        found: User | None = super().authenticate(request, **credentials)
        return found

"""Where django-allauth asks the site what it wants."""

import logging
from collections.abc import Mapping

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.userkit import filter_users_by_email
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from madang.community.accounts.models import MAX_NAME, User
from madang.community.site.client import client_address
from madang.text.composition import MOST_PARTS, is_stream_safe
from madang.text.unicode import HANGUL_FILLERS

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The site's wishes, where they differ from allauth's."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a name that looks like another's, that cannot be seen, or has no page."""
        name = str(super().clean_username(User.normalize_username(username), shallow))
        is_seen = HANGUL_FILLERS.isdisjoint(name) and name.strip(".")
        if not is_seen or not is_stream_safe(name):
            raise ValidationError(UnicodeUsernameValidator.message, code="invalid")
        return name

    def get_client_ip(self, request: HttpRequest) -> str:
        """Say whose request it is, as everything else on the site does."""
        return client_address(request)

    def add_message(self, request: HttpRequest, *args: object, **kwargs: object) -> None:
        """Say nothing on log-in and log-out: the header shows it already."""

    def tell_address(self, request: HttpRequest, user: User) -> None:
        """Tell the e-mail address of a new account whose it is, and which others bear the address.

        Each gets a mail, known or not: so neither the page nor how long it takes says which it is.
        """
        others = [each.username for each in filter_users_by_email(user.email) if each.pk != user.pk]
        context = {
            "username": user.username,
            "others": sorted(others),
            "reset_url": request.build_absolute_uri(reverse("account_reset_password")),
        }
        try:
            self.send_mail("account/email/address_named", user.email, context)
        except OSError:  # of the mail server; the account is there all the same
            logger.exception("The address of account %s could not be told of it", user.pk)


def name_of_login(request: HttpRequest, credentials: Mapping[str, str] | None = None) -> str:
    """Say under which name somebody tries to log in, for django-axes to count by.

    Case and composition are folded: a name is found however it is typed, so that counting by the
    spelling would give a guesser as many tries as there are spellings.
    """
    name = (credentials or {}).get("username") or request.POST.get("login", "")
    # Cut first: whoever logs in may send a name of any length.
    name = name.strip()[: MOST_PARTS * MAX_NAME]
    return User.normalize_username(name).casefold()[:MAX_NAME]

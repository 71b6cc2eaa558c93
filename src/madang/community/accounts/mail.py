"""What the site writes to an e-mail address that somebody named as theirs."""

import logging

from allauth.account.adapter import get_adapter
from allauth.account.internal.userkit import filter_users_by_email
from django.http import HttpRequest
from django.urls import reverse

from madang.community.accounts.models import User

logger = logging.getLogger(__name__)


def tell_address(request: HttpRequest, user: User) -> None:
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
        get_adapter().send_mail("account/email/address_named", user.email, context)
    except OSError:  # of the mail server; the account is there all the same
        logger.exception("The address of account %s could not be told of it", user.pk)

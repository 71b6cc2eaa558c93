"""Where django-allauth asks the site what it wants."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """The site's wishes: one greeting fewer, and axes' count instead of allauth's."""

    def add_message(self, request: HttpRequest, *args: object, **kwargs: object) -> None:
        """Say nothing on log-in and log-out: the header shows it already."""

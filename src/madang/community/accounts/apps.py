"""The accounts app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People and their settings."""

    name = "madang.community.accounts"
    verbose_name = _("사람")

"""The accounts app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """People and their settings."""

    name = "madang.community.accounts"
    label = "accounts"
    verbose_name = _("사람")

    def ready(self) -> None:
        """Put right what a wrong clock wrote."""
        from madang.community.accounts import actions
        from madang.community.processes import sweep

        sweep.also(actions.forget_attempts_to_come)

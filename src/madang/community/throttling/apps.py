"""The throttling app."""

from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    """Rate limits."""

    name = "madang.community.throttling"

    def ready(self) -> None:
        """Have what was counted deleted when its time is over."""
        from madang.community.processes import sweep
        from madang.community.throttling import actions

        sweep.also(actions.clear_expired)

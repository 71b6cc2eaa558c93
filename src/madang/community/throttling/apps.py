"""The throttling app."""

from django.apps import AppConfig


class ThrottlingConfig(AppConfig):
    """Rate limits."""

    name = "madang.community.throttling"
    label = "throttling"

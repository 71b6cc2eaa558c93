"""Whether somebody's account is new: for those the limits are tighter."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from madang.community.accounts.models import User

#: ``count(person, most=…)`` says how much a person wrote that is up, and looks no further.
Count = Callable[..., int]

_counts: list[Count] = []


def offer(count: Count) -> None:
    """Let *count* say how much a person has written."""
    if count not in _counts:
        _counts.append(count)


def is_new(person: User) -> bool:
    """Say whether *person* signed up a short time ago, or has written hardly anything that is up.

    The second, because an account that was made in advance and lay still is no better known.
    """
    age = timezone.now() - person.date_joined
    if age < timedelta(hours=settings.MADANG_NEW_ACCOUNT_HOURS):
        return True
    asked: int = settings.MADANG_NEW_ACCOUNT_CONTRIBUTIONS
    for count in _counts:
        if asked <= 0:
            break
        asked -= count(person, most=asked)
    return asked > 0

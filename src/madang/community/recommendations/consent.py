"""Whether what a person does may be kept, and whether to ask."""

from datetime import timedelta

from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.recommendations.models import Consent

#: Who said 나중에 is asked once more after so long.
LATER = timedelta(days=30)


def choice_of(person: User) -> Consent | None:
    """Return what *person* answered, None where nothing was asked yet."""
    return Consent.objects.filter(person=person).first()


def has_agreed(consent: Consent | None) -> bool:
    """Say whether interactions may be kept and used."""
    return consent is not None and consent.choice == Consent.Choice.AGREED


def is_to_be_asked(consent: Consent | None) -> bool:
    """Say whether the question stands on the page: once, and again long after 나중에."""
    if consent is None:
        return True
    is_put_off = consent.choice == Consent.Choice.LATER
    # A clock that was wrong may have put the answer into the future.
    return is_put_off and abs(timezone.now() - consent.answered_at) > LATER

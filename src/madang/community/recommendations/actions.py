"""What can be done about consent and interactions; one verb a function."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.recommendations.models import Consent, Interaction, Prepared

#: The same again within so long counts once: a page that is loaded anew is no second reading.
ONCE_WITHIN = timedelta(minutes=30)


def answer(person: User, choice: str) -> None:
    """Keep what *person* answered, or switched to in the settings."""
    fields = {"choice": choice, "answered_at": timezone.now()}
    Consent.objects.update_or_create(person=person, defaults=fields)


@transaction.atomic
def reset(person: User) -> int:
    """Delete all that was kept of *person* and found from it; return how much that was.

    Whether they agree stays as it is.
    """
    hold_consent(person)
    Prepared.objects.filter(person=person).delete()
    number, _ = Interaction.objects.filter(person=person).delete()
    return number


def hold_consent(person: User) -> None:
    """Lock a person's answer until this transaction ends: nothing is kept of them meanwhile."""
    list(Consent.objects.select_for_update().filter(person=person).values_list("pk"))


@transaction.atomic
def keep(person: User, item: str, action: str) -> bool:
    """Keep that *person* opened or took an item, if they agree; say whether it was kept.

    The row of their consent is held meanwhile: who switches off, or resets, while a page is
    drawn, finds nothing kept afterwards.
    """
    agreed = Consent.objects.select_for_update().filter(person=person, choice="agreed")
    if not list(agreed.values_list("pk")):
        return False
    now = timezone.now()
    same = Interaction.objects.filter(person=person, item=item, action=action)
    if same.filter(at__range=(now - ONCE_WITHIN, now)).exists():
        return False
    Interaction.objects.create(person=person, item=item, action=action, at=now)
    return True


def forget_taking(person: User, item: str) -> None:
    """Forget that *person* took an item: they took that back."""
    Interaction.objects.filter(person=person, item=item, action=Interaction.Action.TAKE).delete()

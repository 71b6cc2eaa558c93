"""What recommendations do when somebody opened or took an item, or closes their account."""

from typing import Any

from madang.community.accounts.models import User
from madang.community.recommendations import actions
from madang.community.recommendations.models import Consent, Interaction


def keep_view(*, item: str, reader: User, **_: Any) -> None:
    """Keep that *reader* opened an item, if they agreed."""
    if Consent.of(reader).is_given:  # asked first without a lock: most never agreed
        actions.keep(reader, item, Interaction.Action.VIEW)


def keep_taking(*, item: str, person: User, is_taken: bool, **_: Any) -> None:
    """Keep that *person* took an item, if they agreed; forget it where they took that back."""
    if is_taken:
        actions.keep(person, item, Interaction.Action.TAKE)
    else:
        actions.forget_taking(person, item)


def hold_consent(*, person: User, **_: Any) -> None:
    """Lock a person's answer before the person: so does whoever keeps what they do."""
    actions.hold_consent(person)

"""What recommendations do when somebody opened, took or wrote an item."""

from typing import Any

from madang.community.accounts.models import User
from madang.community.recommendations import actions
from madang.community.recommendations.consent import choice_of, has_agreed
from madang.community.recommendations.models import Interaction
from madang.community.recommendations.tasks import read_items


def keep_view(*, item: str, reader: User, **_: Any) -> None:
    """Keep that *reader* opened an item, if they agreed."""
    if has_agreed(choice_of(reader)):  # asked first without a lock: most never agreed
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


def read_item(*, item: str, **_: Any) -> None:
    """Have the text of an item read in the background; ordered with it, or not at all."""
    actions.let_read(item)
    read_items.enqueue()


def forget_item(*, item: str, **_: Any) -> None:
    """Delete the vector of an item that is no more."""
    actions.forget_vector(item)

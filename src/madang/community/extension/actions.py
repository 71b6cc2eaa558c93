"""What can be done to a contribution of any kind; one verb a function.

A function trusts its caller about permission and clean text. What it is given may be old: it locks
and reads anew first (``lock.py``), and raises GoneError where what it is about is no more. All that
it writes is one transaction, with what the receivers of ``contribution_written`` write.
"""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.extension.contribution import Contribution
from madang.community.extension.lock import hold, hold_if_up
from madang.community.extension.signals import contribution_written

Kind = TypeVar("Kind", bound=Contribution)


@transaction.atomic
def write(kind: type[Kind], /, **fields: Any) -> Kind:
    """Write a contribution and tell who listens; what it stands below is locked, and must be up."""
    if kind.BELOW:
        fields[kind.BELOW] = hold_if_up(fields[kind.BELOW])
    written = kind._default_manager.create(**fields)
    written.index()
    contribution_written.send(sender=kind, contribution=written, created=True)
    return written


def write_once(
    kind: type[Kind], token: UUID | None, /, *, beside: Mapping[str, Any] | None = None, **text: Any
) -> Kind:
    """Write, unless the form that bears *token* brought the same *text* before (a second click).

    Another text under an old token comes from somebody who went back to the form and wrote anew.
    ``beside`` are fields that make no text another one.
    """
    fields = {**text, **(beside or {})}
    if token is None:
        return write(kind, **fields)
    same = kind._default_manager.filter(token=token, **text)
    if found := same.first():
        return found
    try:
        return write(kind, token=token, **fields)
    except IntegrityError:
        # Both clicks were on their way at once: the database let one through.
        return same.first() or write(kind, **fields)


def change(held: Contribution, /, **fields: Any) -> bool:
    """Change one that is locked, and tell who listens; the same again changes nothing.

    Return whether anything is new.
    """
    if all(getattr(held, name) == value for name, value in fields.items()):
        return False
    fields["edited_at"] = timezone.now()
    for name, value in fields.items():
        setattr(held, name, value)
    held.save(update_fields=fields)
    held.index()
    contribution_written.send(sender=type(held), contribution=held, created=False)
    return True


@transaction.atomic
def delete(contribution: Contribution) -> None:
    """Delete for good, with all that stands below it: its author asked for it.

    What stands below another is deleted only while it is up: it was written into somebody else's
    place, and there a moderator's word holds.
    """
    held = hold_if_up(contribution) if contribution.BELOW else hold(contribution)
    held.delete()


@transaction.atomic
def remove(contribution: Contribution, *, moderator: User) -> None:
    """Take a contribution down; its author and the moderators can still read it.

    One that is down stays as it was: it is kept who took it down first, and when. One that is
    withheld waits no longer.
    """
    _keep_removed(contribution, moderator)


@transaction.atomic
def restore(contribution: Contribution) -> None:
    """Put a contribution back that had been taken down; one that is up stays as it was.

    So does one that is withheld: it is released by who withheld it.
    """
    _keep_removed(contribution, None)


@transaction.atomic
def withhold(contribution: Contribution) -> None:
    """Take a contribution down until a moderator has looked; one that is down stays as it was."""
    held = hold(contribution)
    if held.removed_at is None:
        _keep_down(held, removed_at=timezone.now(), is_withheld=True)


@transaction.atomic
def release(contribution: Contribution) -> None:
    """Put a contribution up that was withheld, as if it had never been; leave any other."""
    held = hold(contribution)
    if held.is_withheld:
        _keep_down(held, removed_at=None, is_withheld=False)


def _keep_removed(contribution: Contribution, moderator: User | None) -> None:
    held = hold(contribution)
    is_removed = held.removed_at is not None and not held.is_withheld
    if is_removed == (moderator is not None) or (moderator is None and held.is_withheld):
        return
    now = timezone.now() if moderator else None
    _keep_down(held, removed_at=now, removed_by=moderator, is_withheld=False)


def _keep_down(held: Contribution, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(held, name, value)
    held.save(update_fields=fields)
    held.index()

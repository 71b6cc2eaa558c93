"""One order of locks for everything that touches one contribution.

Every action first locks what stands by itself (the post, the listing), also where it is about a
comment or a review below it; then it reads anew what it was given; then it writes whatever it
likes about it. So whoever holds a post is alone with all that stands below it and all that is said
of it, and no two actions wait for each other. ``docs/decisions/locks.md`` has the whole order.

The functions are called inside a transaction, and what they lock stays locked until it ends. On
SQLite, which has one writer, that is the transaction itself.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from django.db.models import Model, Q
from django.http import Http404

from madang.community.accounts.models import User
from madang.community.extension.contribution import Contribution, kinds

Kind = TypeVar("Kind", bound=Contribution)


class GoneError(Http404):
    """What an action is about was deleted, or taken down, meanwhile: without more, a 404."""


def hold(contribution: Kind) -> Kind:
    """Lock a contribution and return it as it is now.

    Raises GoneError where it is no more.
    """
    kind = type(contribution)
    above = _above(kind)
    found: Kind
    if above is None:
        found = _found(_locked(kind, Q(pk=contribution.pk)))
        return found
    number = getattr(contribution, f"{kind.BELOW}_id")
    held = _found(_locked(above, Q(pk=number)))
    found = _found(kind._default_manager.filter(pk=contribution.pk))
    setattr(found, kind.BELOW, held)
    return found


def hold_if_up(contribution: Kind) -> Kind:
    """Lock a contribution that nobody took down; raises GoneError where somebody did."""
    held = hold(contribution)
    if held.removed_at is not None:
        raise GoneError
    return held


def hold_many(kind: type[Kind], numbers: Collection[int]) -> list[Kind]:
    """Lock contributions of one kind and return those that are still there."""
    above, same = _above(kind), kind._default_manager.filter(pk__in=numbers)
    if above is None:
        return list(_locked(kind, Q(pk__in=numbers)))
    _lock(above, Q(pk__in=same.order_by().values(f"{kind.BELOW}_id")))
    return list(same.order_by("pk"))


def hold_written(*, person: User, **_: Any) -> None:
    """Lock all that mentions a person as its author, or as who took it down."""
    mentions = Q(author=person) | Q(removed_by=person)
    for kind in (each for each in kinds() if _above(each) is None):
        condition = mentions
        for below in (each for each in kinds() if _above(each) is kind):
            mentioned = below._default_manager.filter(mentions).order_by()
            condition |= Q(pk__in=mentioned.values(f"{below.BELOW}_id"))
        _lock(kind, condition)


def _above(kind: type[Contribution]) -> type[Contribution] | None:
    """Return the kind of what a contribution stands below."""
    if not kind.BELOW:
        return None
    above: type[Contribution] = kind._meta.get_field(kind.BELOW).related_model  # type: ignore[assignment]
    return above


def _locked(kind: type[Model], condition: Q) -> Any:
    """Select and lock; of several the lowest number first, so that no two wait for each other."""
    return kind._default_manager.select_for_update().filter(condition).order_by("pk")


def _lock(kind: type[Model], condition: Q) -> None:
    list(_locked(kind, condition).values_list("pk"))


def _found(rows: Any) -> Any:
    found = rows.first()
    if found is None:
        raise GoneError
    return found

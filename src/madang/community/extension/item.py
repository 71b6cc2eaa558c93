"""Items: what a person can open and be recommended, whichever app keeps them.

An item is a contribution that is known by a name such as ``post:12``: the name of its model, and
its number. An app that keeps items says so when it starts, ``offer(Post, find_posts)``, and tells
by ``signals.py`` when one was opened or taken; so whoever counts or recommends items need not know
the app.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from madang.community.accounts.models import User
from madang.community.extension.contribution import Contribution


@dataclass(frozen=True, kw_only=True)
class Item:
    """What a line about an item shows.

    ``place`` is where it stands, such as the name of its board. ``may_be_recommended``: whether
    it may be put before somebody who did not look for it.
    """

    name: str
    title: str
    address: str
    place: str
    author_id: int
    created_at: datetime
    may_be_recommended: bool


#: Returns the items among numbers that a reader may see openly; never one taken down or folded.
Finder = Callable[[Collection[int], User | None], list[Item]]

_finders: dict[str, Finder] = {}


def offer(of: type[Contribution], finder: Finder) -> None:
    """Let contributions of one kind be found as items."""
    _finders[kind_of(of)] = finder


def kind_of(of: type[Contribution]) -> str:
    """Return what items of a kind of contribution are called."""
    return str(of._meta.model_name)


def name_of(kind: str, number: int) -> str:
    """Return an item's name.

    >>> name_of("post", 12)
    'post:12'
    """
    return f"{kind}:{number}"


def split_name(name: str) -> tuple[str, int] | None:
    """Return the kind and the number in an item's name, None where it is no such name.

    >>> split_name("post:12"), split_name("gift:rose")
    (('post', 12), None)
    """
    kind, _, number = name.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return kind, int(number)


def find(names: Iterable[str], reader: User | None) -> dict[str, Item]:
    """Return the items among *names* that *reader* may see openly: a question a kind."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for name in names:
        kind, number = split_name(name) or ("", 0)
        if kind in _finders:
            by_kind[kind].append(number)
    return {
        each.name: each
        for kind, numbers in by_kind.items()
        for each in _finders[kind](numbers, reader)
    }


def shown_on(request: HttpRequest) -> set[str]:
    """Return the names of items that the page shows already; who draws one adds it."""
    if not hasattr(request, "items_shown"):
        request.items_shown = set()  # type: ignore[attr-defined]
    names: set[str] = request.items_shown  # type: ignore[attr-defined]
    return names

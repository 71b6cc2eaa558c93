"""Pages of a long list that stay equally fast at the first and at the thousandth.

A page is asked for by the number of the line it starts after, not by how many lines to skip: the
index leads straight to it, and nothing is counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)

PAGE_SIZE = 20
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class Page(Generic[Row]):
    """One page of rows, newest first, and where its neighbours begin."""

    rows: Sequence[Row]
    newer: int | None  # ?after=… of the page before, None on the first
    older: int | None  # ?before=… of the page behind, None on the last

    @property
    def has_neighbours(self) -> bool:
        """Say whether there is another page."""
        return self.newer is not None or self.older is not None


def read_place(query: QueryDict, name: str) -> int | None:
    """Read a line's number out of the address; anything that is none counts as absent.

    >>> read_place(QueryDict("before=12"), "before"), read_place(QueryDict("before=x"), "before")
    (12, None)
    """
    return read_number(query.get(name, ""))


def read_number(value: str) -> int | None:
    """Read a row's number as the site writes it, None for anything else.

    >>> read_number("12"), read_number("٣"), read_number("99999999999999999999")
    (12, None, None)
    """
    if value.isascii() and value.isdigit() and len(value) < 20 and int(value) <= LARGEST_ID:
        return int(value)
    return None


def turn_to(
    rows: QuerySet[Row], query: QueryDict, *, key: str = "pk", size: int = PAGE_SIZE
) -> Page[Row]:
    """Cut the page out of *rows* that *query* asks for by ``before`` or ``after``."""
    before, after = read_place(query, "before"), read_place(query, "after")
    if after is not None:
        found = list(rows.filter(**{f"{key}__gt": after}).order_by(key)[: size + 1])
        shown = found[:size][::-1]
        if len(found) <= size:  # the newest page: fill it up, as if nothing had been asked
            return turn_to(rows, QueryDict(), key=key, size=size)
        return Page(rows=shown, newer=shown[0].pk, older=shown[-1].pk)
    if before is not None:
        rows = rows.filter(**{f"{key}__lt": before})
    found = list(rows.order_by(f"-{key}")[: size + 1])
    shown = found[:size]
    return Page(
        rows=shown,
        newer=shown[0].pk if shown and before is not None else None,
        older=shown[-1].pk if len(found) > size else None,
    )

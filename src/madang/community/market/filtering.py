"""What a reader narrows the market's list to, as the address says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from madang.community.extension.search import parse_query
from madang.community.market.models import Listing, ListingQuerySet

CLOSED = "closed"
MAX_QUERY = 100


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A choice: "" for all that is open, a kind, or what is closed; and words of the title."""

    choice: str
    query: str

    @classmethod
    def of(cls, parameters: QueryDict) -> "Filter":
        """Read the choice; anything unknown counts as all."""
        choice = parameters.get("kind", "")
        query = parameters.get("q", "").strip()[:MAX_QUERY]
        return cls(choice=choice if choice in {*Listing.Kind.values, CLOSED} else "", query=query)

    @property
    def key(self) -> str:
        """Return the column by which pages are turned: that of the index which finds the rows."""
        return "title_index__listing_id" if parse_query(self.query) else "pk"

    def apply(self, listings: ListingQuerySet) -> ListingQuerySet:
        """Keep the listings that were asked for."""
        listings = listings.filter(is_open=self.choice != CLOSED)
        if self.choice in Listing.Kind.values:
            listings = listings.filter(kind=self.choice)
        return listings.with_title(self.query) if parse_query(self.query) else listings

    def options(self) -> Iterator[dict[str, Any]]:
        """Yield what can be chosen instead, each with its address."""
        names = [("", _("모두")), *Listing.Kind.choices, (CLOSED, _("거래 끝"))]
        for value, name in names:
            asked = {"kind": value, "q": self.query}
            query = urlencode({key: text for key, text in asked.items() if text})
            yield {"name": name, "address": f"?{query}", "is_chosen": value == self.choice}

"""Listings as items; what is no longer to be had is recommended to nobody."""

from collections.abc import Collection

from madang.community.accounts.models import User
from madang.community.extension.item import Item, name_of
from madang.community.market.models import Listing

KIND = "listing"


def find_listings(numbers: Collection[int], reader: User | None) -> list[Item]:
    """Return the listings that are up and not folded."""
    shown = Listing.objects.visible().filter(pk__in=numbers, is_folded=False).order_by()
    return [
        Item(
            name=name_of(KIND, listing.pk),
            title=listing.title,
            address=listing.get_absolute_url(),
            place=f"{listing.get_kind_display()} · {listing.cost}",
            author_id=listing.author_id,
            created_at=listing.created_at,
            may_be_recommended=listing.is_open,
        )
        for listing in shown.defer("body")
    ]

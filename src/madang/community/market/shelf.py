"""Listings as items: the market's shelf."""

from collections.abc import Collection
from typing import Any

from madang.community.accounts.models import User
from madang.community.extension.content import judged_text
from madang.community.extension.item import Item, name_of
from madang.community.extension.signals import item_deleted, item_written
from madang.community.market.models import Listing

KIND = "listing"


class ListingShelf:
    """What people offer; what is no longer to be had is recommended to nobody."""

    def find(self, numbers: Collection[int], reader: User | None) -> list[Item]:
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

    def texts(self, numbers: Collection[int]) -> dict[int, str]:
        """Return title and text of each listing."""
        rows = Listing.objects.filter(pk__in=numbers).order_by()
        return {
            number: judged_text(title, body)
            for number, title, body in rows.values_list("pk", "title", "body")
        }


def tell_written(contribution: Listing, **_: Any) -> None:
    """Tell who listens that the text of a listing is new."""
    item_written.send(sender=Listing, item=name_of(KIND, contribution.pk))


def tell_deleted(instance: Listing, **_: Any) -> None:
    """Tell who listens that a listing is no more, also where it went with its author's account."""
    item_deleted.send(sender=Listing, item=name_of(KIND, instance.pk))

"""What can be done to listings, reviews and purchases beside what is done to all contributions.

As there (``extension/actions.py``), a function trusts its caller about permission
(``permission.py``) and clean text (``forms.py``), and locks the listing first.
"""

from typing import Any
from uuid import UUID

from django.db import transaction

from madang.community.accounts.models import User
from madang.community.extension.actions import change, write, write_once
from madang.community.extension.item import name_of
from madang.community.extension.lock import GoneError, hold_if_up
from madang.community.extension.signals import item_taken
from madang.community.market.models import Listing, Purchase, Review
from madang.community.market.shelf import KIND


def write_listing(*, author: User, token: UUID | None = None, **fields: Any) -> Listing:
    """Offer something; the same *token* and fields give the first listing.

    ``fields`` are kind, title, body, terms and price.
    """
    return write_once(Listing, token, author=author, **fields)


@transaction.atomic
def edit_listing(listing: Listing, **fields: Any) -> Listing:
    """Change a listing; the same again changes nothing."""
    listing = hold_if_up(listing)
    change(listing, **fields)
    return listing


@transaction.atomic
def set_open(listing: Listing, *, is_open: bool) -> None:
    """Close a listing because it is gone, or open it again."""
    listing = hold_if_up(listing)
    Listing.objects.filter(pk=listing.pk).update(is_open=is_open)


@transaction.atomic
def set_taken(listing: Listing, *, person: User, is_taken: bool) -> None:
    """Keep that *person* bought or got it, or forget it, and tell who listens."""
    listing = hold_if_up(listing)
    if is_taken:
        _, is_new = Purchase.objects.get_or_create(listing=listing, person=person)
    else:
        number, _ = Purchase.objects.filter(listing=listing, person=person).delete()
        is_new = number > 0
    if is_new:
        name = name_of(KIND, listing.pk)
        item_taken.send(sender=Purchase, item=name, person=person, is_taken=is_taken)


@transaction.atomic
def write_review(listing: Listing, *, author: User, stars: int, body: str) -> Review:
    """Write one's review, or change it while it is up."""
    listing = hold_if_up(listing)
    review = Review.objects.filter(listing=listing, author=author).first()
    if review is None:
        return write(Review, listing=listing, author=author, stars=stars, body=body)
    if review.removed_at is not None:
        raise GoneError
    change(review, stars=stars, body=body)
    return review

"""What can be done to listings, reviews and purchases; one verb a function.

A function trusts its caller about permission (``permission.py``) and clean text (``forms.py``). It
locks the listing and reads anew first (``extension/lock.py``), and raises GoneError where what it
is about is no more.
"""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.actions import write_once
from madang.community.extension.contribution import keep_removed
from madang.community.extension.item import name_of
from madang.community.extension.lock import GoneError, hold, hold_if_up
from madang.community.extension.signals import contribution_written, item_taken
from madang.community.market.models import Listing, ListingTitle, Purchase, Review
from madang.community.market.shelf import KIND


def write_listing(*, author: User, token: UUID | None = None, **fields: Any) -> Listing:
    """Offer something and tell who listens; the same *token* and fields give the first listing.

    ``fields`` are kind, title, body, terms and price.
    """

    @transaction.atomic
    def write(token: UUID | None) -> Listing:
        listing = Listing.objects.create(author=author, token=token, **fields)
        _index_title(listing)
        _tell_written(listing)
        return listing

    return write_once(Listing.objects.filter(author=author, **fields), token, write)


@transaction.atomic
def edit_listing(listing: Listing, **fields: Any) -> Listing:
    """Change a listing; the same again changes nothing."""
    listing = hold_if_up(listing)
    if all(getattr(listing, name) == value for name, value in fields.items()):
        return listing
    for name, value in fields.items():
        setattr(listing, name, value)
    listing.edited_at = timezone.now()
    listing.save(update_fields=[*fields, "edited_at"])
    _index_title(listing)
    _tell_written(listing)
    return listing


@transaction.atomic
def set_open(listing: Listing, *, is_open: bool) -> None:
    """Close a listing because it is gone, or open it again."""
    listing = hold_if_up(listing)
    Listing.objects.filter(pk=listing.pk).update(is_open=is_open)


@transaction.atomic
def delete_listing(listing: Listing) -> None:
    """Delete a listing with its reviews, for good: its author asked for it."""
    hold(listing).delete()


@transaction.atomic
def remove_listing(listing: Listing, *, moderator: User) -> None:
    """Take a listing down; its author and the moderators can still read it.

    One that is down stays as it was.
    """
    listing = hold(listing)
    if listing.removed_at is None:
        keep_removed(listing, moderator)
        ListingTitle.objects.filter(pk=listing.pk).delete()


@transaction.atomic
def restore_listing(listing: Listing) -> None:
    """Put a listing back that had been taken down; one that is up stays as it was."""
    listing = hold(listing)
    if listing.removed_at is not None:
        keep_removed(listing, None)
        _index_title(listing)


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
    review, is_new = Review.objects.get_or_create(
        listing=listing, author=author, defaults={"stars": stars, "body": body}
    )
    if review.removed_at is not None:
        raise GoneError
    if not is_new:
        if (review.stars, review.body) == (stars, body):
            return review
        review.stars, review.body, review.edited_at = stars, body, timezone.now()
        review.save(update_fields=["stars", "body", "edited_at"])
    contribution_written.send(sender=Review, contribution=review)
    return review


@transaction.atomic
def delete_review(review: Review) -> None:
    """Delete a review for good, while it is up: its author asked for it."""
    hold_if_up(review).delete()


@transaction.atomic
def remove_review(review: Review, *, moderator: User) -> None:
    """Take a review down, its stars count no longer; one that is down stays as it was."""
    review = hold(review)
    if review.removed_at is None:
        keep_removed(review, moderator)


@transaction.atomic
def restore_review(review: Review) -> None:
    """Put a review back that had been taken down."""
    keep_removed(hold(review), None)


def _tell_written(listing: Listing) -> None:
    contribution_written.send(sender=Listing, contribution=listing)


def _index_title(listing: Listing) -> None:
    ListingTitle.objects.filter(pk=listing.pk).delete()
    ListingTitle.objects.bulk_create([ListingTitle(listing=listing, grams=listing.title)])

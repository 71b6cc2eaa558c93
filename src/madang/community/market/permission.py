"""Who may do what to a listing and its reviews."""

from madang.community.boards.permission import Visitor
from madang.community.market.models import Listing, Review


def may_edit(visitor: Visitor, listing: Listing) -> bool:
    """Only the author edits, closes and opens a listing, and only while it is up."""
    return may_delete(visitor, listing) and listing.removed_at is None


def may_delete(visitor: Visitor, listing: Listing) -> bool:
    """Only the author deletes a listing; a moderator takes it down instead."""
    return visitor.is_authenticated and listing.author_id == visitor.pk


def may_take_down(visitor: Visitor, listing: Listing) -> bool:
    """A moderator takes down, and puts back, the listing of another."""
    return visitor.is_authenticated and visitor.is_moderator and listing.author_id != visitor.pk


def may_take(visitor: Visitor, listing: Listing) -> bool:
    """Everybody but the author may have bought or got it, also after it was closed."""
    return (
        visitor.is_authenticated and listing.author_id != visitor.pk and listing.removed_at is None
    )


def may_review(visitor: Visitor, listing: Listing, own: Review | None) -> bool:
    """Everybody but the author reviews, once; who had a review taken down writes no other."""
    return may_take(visitor, listing) and (own is None or own.removed_at is None)


def may_drop_review(visitor: Visitor, review: Review) -> bool:
    """The author deletes a review, a moderator takes it down."""
    if not visitor.is_authenticated:
        return False
    return review.author_id == visitor.pk or visitor.is_moderator

"""Who may do what to a listing and its reviews, beside what authors may do to any text."""

from madang.community.boards.permission import Visitor, may_comment
from madang.community.market.models import Listing, Review


def may_take_down(visitor: Visitor, listing: Listing) -> bool:
    """A moderator takes down, and puts back, the listing of another."""
    return visitor.is_authenticated and visitor.is_moderator and listing.author_id != visitor.pk


def may_take(visitor: Visitor, listing: Listing) -> bool:
    """Everybody but the author may have bought or got it, also after it was closed."""
    return may_comment(visitor, listing) and listing.author_id != visitor.pk


def may_review(visitor: Visitor, listing: Listing, own: Review | None) -> bool:
    """Everybody but the author reviews, once; who had a review taken down writes no other."""
    return may_take(visitor, listing) and (own is None or own.removed_at is None)

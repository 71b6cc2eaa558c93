"""Who may do what to what somebody wrote, whichever app keeps it."""

from django.contrib.auth.models import AnonymousUser

from madang.community.accounts.models import User
from madang.community.extension.contribution import Contribution

Visitor = User | AnonymousUser


def may_edit(visitor: Visitor, written: Contribution) -> bool:
    """Only the author edits a contribution, and only while it is up."""
    return may_delete(visitor, written) and written.removed_at is None


def may_delete(visitor: Visitor, written: Contribution) -> bool:
    """Only the author deletes a contribution; a moderator takes it down instead."""
    return visitor.is_authenticated and written.author_id == visitor.pk


def may_comment(visitor: Visitor, written: Contribution) -> bool:
    """Everybody who is logged in comments, on a post that is up."""
    return visitor.is_authenticated and written.removed_at is None


def may_drop(visitor: Visitor, written: Contribution) -> bool:
    """The author deletes what stands below another's text, a moderator takes it down."""
    return may_delete(visitor, written) or (visitor.is_authenticated and visitor.is_moderator)

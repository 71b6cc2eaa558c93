"""Who may do what to a post's tags."""

from madang.community.boards.models import Post
from madang.community.boards.permission import Visitor, may_edit


def may_tag(visitor: Visitor, post: Post) -> bool:
    """Only the author sets tags."""
    return may_edit(visitor, post)


def may_untag(visitor: Visitor, post: Post) -> bool:
    """The author takes tags off, and a moderator a tag that does not belong."""
    return may_tag(visitor, post) or (visitor.is_authenticated and visitor.is_moderator)

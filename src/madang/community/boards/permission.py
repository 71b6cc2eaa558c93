"""Who may do what to a post or a comment."""

from django.contrib.auth.models import AnonymousUser

from madang.community.accounts.models import User
from madang.community.boards.models import Comment, Post

Visitor = User | AnonymousUser


def may_edit(visitor: Visitor, post: Post) -> bool:
    """Only the author edits a post, and only while it is up."""
    return visitor.is_authenticated and post.author_id == visitor.pk and post.removed_at is None


def may_delete(visitor: Visitor, post: Post) -> bool:
    """Only the author deletes a post; a moderator takes it down instead."""
    return visitor.is_authenticated and post.author_id == visitor.pk


def may_comment(visitor: Visitor, post: Post) -> bool:
    """Everybody who is logged in comments, on a post that is up."""
    return visitor.is_authenticated and post.removed_at is None


def may_delete_comment(visitor: Visitor, comment: Comment) -> bool:
    """The author deletes a comment, a moderator takes it down."""
    if not visitor.is_authenticated:
        return False
    return comment.author_id == visitor.pk or visitor.is_moderator

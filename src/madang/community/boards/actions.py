"""What can be done to posts and comments; one verb a function.

A function trusts its caller about permission (``permission.py`` answers that) and its text to be
clean (``forms.py`` sees to that).
"""

from django.db import transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post, TitleIndex
from madang.community.boards.signals import post_written


@transaction.atomic
def write_post(*, board: Board, author: User, title: str, body: str) -> Post:
    """Write a post and tell who listens."""
    post = Post.objects.create(board=board, author=author, title=title, body=body)
    TitleIndex.objects.bulk_create([TitleIndex(post=post, grams=title)])
    post_written.send(sender=Post, post=post, created=True)
    return post


@transaction.atomic
def edit_post(post: Post, *, board: Board, title: str, body: str) -> Post:
    """Change a post and tell who listens; the same text again changes nothing."""
    post.board = board
    is_changed = (title, body) != (post.title, post.body)
    if is_changed:
        post.title, post.body, post.edited_at = title, body, timezone.now()
    post.save(update_fields=["board", "title", "body", "edited_at"])
    if is_changed:
        if post.removed_at is None:
            _index_title(post)
        post_written.send(sender=Post, post=post, created=False)
    return post


def delete_post(post: Post) -> None:
    """Delete a post with its comments, for good: its author asked for it."""
    post.delete()


@transaction.atomic
def remove_post(post: Post, *, moderator: User) -> None:
    """Take a post down; its author and the moderators can still read it."""
    post.removed_at, post.removed_by = timezone.now(), moderator
    post.save(update_fields=["removed_at", "removed_by"])
    TitleIndex.objects.filter(pk=post.pk).delete()


@transaction.atomic
def restore_post(post: Post, *, moderator: User) -> None:
    """Put a post back that had been taken down."""
    post.removed_at, post.removed_by = None, None
    post.save(update_fields=["removed_at", "removed_by"])
    _index_title(post)


def write_comment(post: Post, *, author: User, body: str) -> Comment:
    """Write a comment below a post."""
    return Comment.objects.create(post=post, author=author, body=body)


def delete_comment(comment: Comment) -> None:
    """Delete a comment for good: its author asked for it."""
    comment.delete()


def remove_comment(comment: Comment, *, moderator: User) -> None:
    """Take a comment down; a line stays in its place."""
    comment.removed_at, comment.removed_by = timezone.now(), moderator
    comment.save(update_fields=["removed_at", "removed_by"])


def _index_title(post: Post) -> None:
    TitleIndex.objects.filter(pk=post.pk).delete()
    TitleIndex.objects.bulk_create([TitleIndex(post=post, grams=post.title)])

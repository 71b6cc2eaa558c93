"""What can be done to posts and comments; one verb a function.

A function trusts its caller about permission (``permission.py`` answers that) and its text to be
clean (``forms.py`` sees to that). What it is given may be old: it locks the post and reads anew
first (``lock.py``), and raises GoneError where what it is about is no more.
"""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post, TitleIndex
from madang.community.boards.signals import post_moved, post_submitted, post_written
from madang.community.extension.contribution import keep_removed
from madang.community.extension.lock import hold, hold_if_up
from madang.community.extension.signals import contribution_written

P = ParamSpec("P")
Written = TypeVar("Written", bound=models.Model)


def _submitting(write: Callable[P, Post]) -> Callable[P, Post]:
    """Tell who listens of a post's text before the transaction begins in which it is written."""

    @wraps(write)
    def told(*args: P.args, **kwargs: P.kwargs) -> Post:
        post_submitted.send(sender=Post, title=kwargs["title"], body=kwargs["body"])
        return write(*args, **kwargs)

    return told


@_submitting
def write_post(
    *, board: Board, author: User, title: str, body: str, token: UUID | None = None
) -> Post:
    """Write a post and tell who listens; the same *token* and text again give the first post."""

    @transaction.atomic
    def write(token: UUID | None) -> Post:
        post = Post.objects.create(board=board, author=author, title=title, body=body, token=token)
        TitleIndex.objects.bulk_create([TitleIndex(post=post, grams=title)])
        post_written.send(sender=Post, post=post, created=True)
        return post

    return write_once(Post.objects.filter(author=author, title=title, body=body), token, write)


@_submitting
@transaction.atomic
def edit_post(post: Post, *, board: Board, title: str, body: str) -> Post:
    """Change a post and tell who listens; the same text again changes nothing."""
    post = hold_if_up(post)
    is_moved, post.board = post.board_id != board.pk, board
    is_changed = (title, body) != (post.title, post.body)
    if is_changed:
        post.title, post.body, post.edited_at = title, body, timezone.now()
    post.save(update_fields=["board", "title", "body", "edited_at"])
    if is_changed:
        _index_title(post)
        post_written.send(sender=Post, post=post, created=False)
    elif is_moved:
        post_moved.send(sender=Post, post=post)
    return post


@transaction.atomic
def delete_post(post: Post) -> None:
    """Delete a post with its comments, for good: its author asked for it."""
    hold(post).delete()


@transaction.atomic
def remove_post(post: Post, *, moderator: User) -> None:
    """Take a post down; its author and the moderators can still read it.

    One that is down stays as it was.
    """
    post = hold(post)
    if post.removed_at is None:
        keep_removed(post, moderator)
        TitleIndex.objects.filter(pk=post.pk).delete()


@transaction.atomic
def restore_post(post: Post) -> None:
    """Put a post back that had been taken down; one that is up stays as it was."""
    post = hold(post)
    if post.removed_at is not None:
        keep_removed(post, None)
        _index_title(post)


def write_comment(post: Post, *, author: User, body: str, token: UUID | None = None) -> Comment:
    """Write a comment below a post; the same *token* and text again give the first comment."""

    @transaction.atomic
    def write(token: UUID | None) -> Comment:
        held = hold_if_up(post)
        comment = Comment.objects.create(post=held, author=author, body=body, token=token)
        contribution_written.send(sender=Comment, contribution=comment)
        return comment

    return write_once(Comment.objects.filter(author=author, post=post, body=body), token, write)


@transaction.atomic
def delete_comment(comment: Comment) -> None:
    """Delete a comment for good, while it is up: its author asked for it."""
    hold_if_up(comment).delete()


@transaction.atomic
def remove_comment(comment: Comment, *, moderator: User) -> None:
    """Take a comment down, a line stays in its place; one that is down stays as it was."""
    comment = hold(comment)
    if comment.removed_at is None:
        keep_removed(comment, moderator)


@transaction.atomic
def restore_comment(comment: Comment) -> None:
    """Put a comment back that had been taken down."""
    keep_removed(hold(comment), None)


def write_once(
    same: models.QuerySet[Written],
    token: UUID | None,
    write: Callable[[UUID | None], Written],
) -> Written:
    """Write, unless the form that bears *token* brought the same text before (a second click).

    Another text under an old token comes from somebody who went back to the form and wrote anew.
    """
    if token is None:
        return write(None)
    if found := same.filter(token=token).first():
        return found
    try:
        with transaction.atomic():
            return write(token)
    except IntegrityError:
        # Both clicks were on their way at once: the database let one through.
        return same.filter(token=token).first() or write(None)


def _index_title(post: Post) -> None:
    TitleIndex.objects.filter(pk=post.pk).delete()
    TitleIndex.objects.bulk_create([TitleIndex(post=post, grams=post.title)])

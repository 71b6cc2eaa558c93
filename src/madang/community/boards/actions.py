"""What can be done to posts and comments beside what is done to all (``extension/actions.py``)."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec
from uuid import UUID

from django.db import transaction

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.boards.signals import post_moved, post_submitted
from madang.community.extension.actions import change, write_once
from madang.community.extension.lock import hold_if_up

P = ParamSpec("P")


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
    """Write a post; the same *token* and text again give the first post, on whichever board."""
    return write_once(Post, token, beside={"board": board}, author=author, title=title, body=body)


@_submitting
@transaction.atomic
def edit_post(post: Post, *, board: Board, title: str, body: str) -> Post:
    """Change a post, or move it to another board; the same again changes nothing."""
    post = hold_if_up(post)
    is_moved = post.board_id != board.pk
    if is_moved:
        post.board = board
        post.save(update_fields=["board"])
    if not change(post, title=title, body=body) and is_moved:
        post_moved.send(sender=Post, contribution=post)
    return post


def write_comment(post: Post, *, author: User, body: str, token: UUID | None = None) -> Comment:
    """Write a comment below a post; the same *token* and text again give the first comment."""
    return write_once(Comment, token, author=author, post=post, body=body)

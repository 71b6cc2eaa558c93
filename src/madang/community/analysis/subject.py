"""Which texts are read by which model: an app says so when it starts.

``subject.add(inference.ENTITIES, posts=Q())`` has every post read; ``comments`` is for comments.
A kind whose model is not there is passed over, as if nobody had asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q

from madang.community import inference
from madang.community.boards.content import judged_text
from madang.community.boards.models import Comment, Post


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What one kind of model reads."""

    kind: str
    posts: Q | None
    comments: Q | None


_subjects: dict[str, Subject] = {}


def add(kind: str, *, posts: Q | None = None, comments: Q | None = None) -> None:
    """Have the posts, the comments for which the condition holds read by the model *kind*."""
    _subjects[kind] = Subject(kind=kind, posts=posts, comments=comments)


def active() -> Iterator[Subject]:
    """Yield the subjects whose model is there."""
    yield from (each for each in _subjects.values() if inference.has_model(each.kind))


def kinds_of(post: Post, comment: Comment | None = None) -> list[str]:
    """Return the kinds of models that read this post, or this comment below it."""
    found = []
    for each in active():
        if comment is not None:
            if each.comments is not None and _holds(each.comments, comment):
                found.append(each.kind)
        elif each.posts is not None and _holds(each.posts, post):
            found.append(each.kind)
    return found


def text_of(post: Post, comment: Comment | None = None) -> str:
    """Return what a model reads: title and text together, or the comment."""
    return judged_text(post.title, post.body) if comment is None else comment.body


def _holds(condition: Q, item: Post | Comment) -> bool:
    return not condition or type(item).objects.filter(condition, pk=item.pk).exists()

"""What moderation does when a text is written, read by a model, or deleted."""

from collections.abc import Iterator
from typing import Any

from madang.community.boards.models import Post
from madang.community.extension.contribution import Contribution
from madang.community.inference.models import Reading
from madang.community.moderation import actions
from madang.community.moderation.disclosure import is_disclosed
from madang.community.moderation.kind import Kind
from madang.community.moderation.models import Appeal, Case
from madang.community.moderation.registry import KINDS


def check_post(*, title: str, body: str, **_: Any) -> None:
    """Read a post by the rules before anything is locked for writing it."""
    is_disclosed(title, body)


def open_cases_of_post(*, contribution: Post, **_: Any) -> None:
    """Mark a written or edited post as waiting; what reads texts reads it after the commit."""
    for kind in KINDS.values():
        if kind.HAS_ALL:
            actions.open_case(kind, contribution)


def take_answer(*, reading: Reading, **_: Any) -> None:
    """Label a text as the model says. Until an edited text is read, a fold stays as it was."""
    if reading.answer is not None:
        for kind in _read_by(reading.kind):
            actions.take_answer(kind, reading.contribution, reading.answer)


def forget_answer(*, kind: str, contribution: Contribution, is_read: bool, **_: Any) -> None:
    """Unfold what is no longer read at all, such as a review that lost its words."""
    for each in _read_by(kind):
        if not (is_read or each.HAS_ALL):
            actions.forget_answer(each, contribution)


def forget_contribution(*, contribution: Contribution, **_: Any) -> None:
    """Delete how a contribution stood that is no more; what was decided stays."""
    for about in (Case, Appeal):
        about.objects.of(contribution).delete()


def _read_by(model: str) -> Iterator[Kind]:
    return (each for each in KINDS.values() if model == each.READ_BY)

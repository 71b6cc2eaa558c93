"""Where another app takes part in the boards' pages, so that boards need not know it.

An app calls ``fill("post_panel", render)`` when it starts; a template says
``{% slot "post_panel" post=post %}``. It calls ``offer_narrowing(narrow)`` to let a reader narrow a
board's list: ``narrow(request, board, posts)`` returns the posts that the address asks for, or all.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from madang.community.boards.models import Board, PostQuerySet

#: Draws one slot, ``render(request, **context)``: safe HTML, or "" where nothing is to show.
Renderer = Callable[..., str]
Narrower = Callable[[HttpRequest, "Board", "PostQuerySet"], "PostQuerySet"]

_renderers: dict[str, list[Renderer | str]] = defaultdict(list)
_narrowers: list[Narrower] = []


def fill(name: str, renderer: Renderer | str) -> None:
    """Let *renderer*, or the template of that name, draw into the slot *name*.

    Those filled earlier come first.
    """
    _renderers[name].append(renderer)


def render(name: str, request: HttpRequest, **context: object) -> SafeString:
    """Draw all that fills the slot *name*."""
    parts = [
        render_to_string(each, context, request)
        if isinstance(each, str)
        else each(request, **context)
        for each in _renderers.get(name, ())
    ]
    return mark_safe("\n".join(part for part in parts if part))


def offer_narrowing(narrower: Narrower) -> None:
    """Let *narrower* look at the address of each board's list."""
    _narrowers.append(narrower)


def narrow(request: HttpRequest, board: "Board", posts: "PostQuerySet") -> "PostQuerySet":
    """Keep the posts of *board* that the address asks for."""
    for narrower in _narrowers:
        posts = narrower(request, board, posts)
    return posts

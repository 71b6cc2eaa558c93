"""Places in the boards' pages that another app fills, so that boards need not know it.

An app calls ``fill("post_panel", render)`` when it starts; a template says
``{% slot "post_panel" post=post %}``.
"""

from collections import defaultdict
from collections.abc import Callable

from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

#: Draws one slot, ``render(request, **context)``: safe HTML, or "" where nothing is to show.
Renderer = Callable[..., str]

_renderers: dict[str, list[Renderer]] = defaultdict(list)


def fill(name: str, renderer: Renderer) -> None:
    """Let *renderer* draw into the slot *name*; those filled earlier come first."""
    if renderer not in _renderers[name]:
        _renderers[name].append(renderer)


def render(name: str, request: HttpRequest, **context: object) -> SafeString:
    """Draw all that fills the slot *name*."""
    parts = [renderer(request, **context) for renderer in _renderers.get(name, ())]
    return mark_safe("\n".join(part for part in parts if part))

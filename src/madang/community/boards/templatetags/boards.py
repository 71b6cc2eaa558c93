"""Tags and filters of the templates."""

from pathlib import PurePath
from typing import Any

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from madang.community.boards.moment import tell
from madang.community.boards.row import draw_row
from madang.community.extension import slot as slots

register = template.Library()
register.simple_tag(draw_row, name="row")
register.filter("ago", tell)


@register.simple_tag(takes_context=True)
def slot(context: Context, name: str, **extra: Any) -> SafeString:
    """Draw what other apps put into the slot *name*; nothing on a page that failed too early."""
    request = context.get("request")
    if request is None or not hasattr(request, "user"):
        return SafeString("")
    return slots.render(name, request, **extra)


@register.filter
def percent(probability: float) -> str:
    """Write a probability in whole percent; never 0 or 100, for no model is that sure.

    >>> percent(0.934), percent(0.9999), percent(0.0001)
    ('93%', '99%', '1%')
    """
    return f"{min(max(round(100 * probability), 1), 99)}%"


@register.filter
def unlocalized(number: float) -> str:
    """Write a number for an attribute, in any language with a point.

    >>> unlocalized(0.5)
    '0.5000'
    """
    return f"{number:.4f}"


@register.filter
def basename(name: str) -> str:
    """Return the last part of a model's name or folder: readers need not see the path.

    >>> basename("/srv/models/ads"), basename("ads")
    ('ads', 'ads')
    """
    return PurePath(name).name

"""Filters of the moderation templates."""

from pathlib import PurePath

from django import template

register = template.Library()


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

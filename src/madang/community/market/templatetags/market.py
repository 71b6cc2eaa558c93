"""Filters of the market's templates."""

from django import template

from madang.community.market.models import MAX_STARS

register = template.Library()


@register.filter
def stars(number: float | None) -> str:
    """Draw a number of stars, rounded to whole ones.

    >>> stars(3.6), stars(None)
    ('★★★★☆', '☆☆☆☆☆')
    """
    full = min(max(round(number or 0), 0), MAX_STARS)
    return "★" * full + "☆" * (MAX_STARS - full)

"""What recommendations draw into the site's pages; a page never fails by them."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from madang.community.accounts.models import User
from madang.community.boards.views.reading import reader_of
from madang.community.extension.item import shown_on
from madang.community.recommendations import history
from madang.community.recommendations.models import Consent, Interaction
from madang.community.recommendations.popularity import POSTS, most_read
from madang.community.recommendations.recommendation import is_offered, recommend

logger = logging.getLogger(__name__)

NUM_SHOWN = 3
LISTINGS = "listing:"


def _harmless(draw: Callable[..., str]) -> Callable[..., str]:
    """Let *draw* draw nothing where it fails, and for somebody who is not logged in."""

    @wraps(draw)
    def guarded(request: HttpRequest, **context: object) -> str:
        person = reader_of(request)
        if person is None:
            return ""
        try:
            return draw(request, person=person)
        except Exception:  # a recommendation is worth no page
            logger.exception("Nothing could be recommended to %s", person.pk)
            return ""

    return guarded


@_harmless
def render_front(request: HttpRequest, *, person: User) -> str:
    """Draw above the newest posts what is recommended, or the question whether to."""
    return _draw(request, person, place="front")


@_harmless
def render_market(request: HttpRequest, *, person: User) -> str:
    """Draw above the market's list which listings are recommended."""
    return _draw(request, person, place="market", kind=LISTINGS)


@_harmless
def render_after(request: HttpRequest, *, person: User) -> str:
    """Draw below a post or a listing what is recommended, or the question whether to."""
    return _draw(request, person, place="after")


@_harmless
def render_settings(request: HttpRequest, *, person: User) -> str:
    """Draw the switch and the reset into the settings."""
    number = Interaction.objects.filter(person=person).count()
    has_switch = Consent.of(person).is_given
    if not (is_offered() or number or has_switch):
        return ""
    context = {"has_agreed": has_switch, "number": number}
    return render_to_string("recommendations/settings.html", context, request)


def _draw(request: HttpRequest, person: User, *, place: str, kind: str = "") -> str:
    if not is_offered():
        return ""
    consent = Consent.of(person)
    context: dict[str, Any] = {"place": place}
    if consent.is_given:
        shown = shown_on(request)
        found = recommend(person, number=NUM_SHOWN, kind=kind, without=shown)
        if not found and history.is_empty(person):
            context["is_popular"] = True
            found = most_read(person, number=NUM_SHOWN, kind=kind or POSTS, without=shown)
        shown.update(each.item.name for each in found)
        template, context["recommendations"] = "recommendations/section.html", found
        return render_to_string(template, context, request) if found else ""
    if consent.is_to_be_asked:
        return render_to_string("recommendations/question.html", context, request)
    return ""

"""When a form can not be taken, or a page not be made: nothing that was typed may be lost."""

import math
import sys
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import ngettext
from django.views import defaults

from madang.community.site.database_error import Meaning, meaning_of
from madang.community.throttling.limit import TooManyRequestsError

HIDDEN = {
    *("csrfmiddlewaretoken", "token", "board", "kind", "terms"),
    *("next", "back", "action", "chosen", "tab", "login", "username", "email", "remember"),
}
GONE, TOO_LONG, TOO_MANY = 410, 413, 429
#: In how many seconds a browser may try again.
RETRY_AFTER_SECONDS = 10

P = ParamSpec("P")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form's key is stale and show what was typed, to copy."""
    return render(request, "403_csrf.html", {"typed": typed_in(request)}, status=403)


def keep_typed_text(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Show what was typed, to copy, where the post it was typed for is no more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            if request.method != "POST":
                raise
        return show_gone(request)

    return guarded


def show_gone(request: HttpRequest) -> HttpResponse:
    """Say that what a form was meant for is no more, and show what was typed."""
    return render(request, "boards/gone.html", {"typed": typed_in(request)}, status=GONE)


def show_too_long(request: HttpRequest) -> HttpResponse:
    """Say that a text is longer than its form takes, so that it is not kept; show it, to copy."""
    return render(request, "boards/too_long.html", {"typed": typed_in(request)}, status=TOO_LONG)


def too_many(request: HttpRequest, exception: TooManyRequestsError) -> HttpResponse:
    """Say that something was done too often and when to try again, and show what was typed."""
    context = {
        "typed": typed_in(request),
        "wait": describe_wait(exception.seconds),
        "is_same_text": exception.action in {"repeats", "copies"},
        "query": request.GET.get("q", "")[:100],
    }
    response = render(request, "429.html", context, status=TOO_MANY)
    response["Retry-After"] = str(math.ceil(exception.seconds))
    return response


def describe_wait(seconds: float) -> str:
    """Say how long *seconds* are, rounded up as one says it."""
    if seconds <= 90:
        number = math.ceil(seconds)
        return ngettext("%(number)d초", "%(number)d초", number) % {"number": number}
    if seconds <= 90 * 60:
        number = math.ceil(seconds / 60)
        return ngettext("%(number)d분", "%(number)d분", number) % {"number": number}
    number = math.ceil(seconds / 3600)
    return ngettext("%(number)d시간", "%(number)d시간", number) % {"number": number}


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that ended in an error, whichever part of the site raised it.

    Where the database can not be used now, or what was sent met another's action, the page says
    so. It asks nothing of the database, and shows what was typed.
    """
    meaning = meaning_of(sys.exception())
    if meaning is None:
        return defaults.server_error(request)
    if meaning is Meaning.UNFIT:
        return HttpResponse(render_to_string("400.html"), status=meaning.value)
    context = {
        "typed": typed_in(request),
        "is_unavailable": meaning is Meaning.UNAVAILABLE,
        "seconds": RETRY_AFTER_SECONDS,
    }
    response = HttpResponse(render_to_string("again.html", context), status=meaning.value)
    if meaning is Meaning.UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def typed_in(request: HttpRequest) -> list[str]:
    """Return the texts in a form, but no passwords and no choices."""
    try:
        fields = [(name, str(text)) for name, text in request.POST.items()]
    except Exception:  # what is wrong with the form was said elsewhere
        return []
    return [text for name, text in fields if not is_hidden(name) and len(text) > 1]


def is_hidden(name: str) -> bool:
    """Say whether a field holds a secret, or nothing that a person would copy."""
    return name in HIDDEN or "password" in name.lower()

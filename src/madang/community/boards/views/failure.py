"""When a form can not be taken: nothing that was typed may be lost."""

import math
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from madang.community.boards.actions import GoneError
from madang.community.throttling.limit import TooManyRequestsError

HIDDEN = {
    *("csrfmiddlewaretoken", "token", "board", "kind", "terms"),
    *("password", "password1", "password2", "oldpassword"),
}
GONE, TOO_LONG, TOO_MANY = 410, 413, 429

P = ParamSpec("P")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form's key is stale and show what was typed, to copy."""
    return render(request, "403_csrf.html", {"typed": _typed(request)}, status=403)


def keep_typed_text(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[..., HttpResponse]:
    """Show what was typed, to copy, where the post it was typed for is no more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except GoneError:
            pass
        except Http404:
            if request.method != "POST":
                raise
        return show_gone(request)

    return guarded


def show_gone(request: HttpRequest) -> HttpResponse:
    """Say that what a form was meant for is no more, and show what was typed."""
    return render(request, "boards/gone.html", {"typed": _typed(request)}, status=GONE)


def show_too_long(request: HttpRequest) -> HttpResponse:
    """Say that a text is longer than its form takes, so that it is not kept; show it, to copy."""
    return render(request, "boards/too_long.html", {"typed": _typed(request)}, status=TOO_LONG)


def too_many(request: HttpRequest, exception: TooManyRequestsError) -> HttpResponse:
    """Say that something was done too often and when to try again, and show what was typed."""
    context = {
        "typed": _typed(request),
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


def _typed(request: HttpRequest) -> list[str]:
    fields = ((name, str(text)) for name, text in request.POST.items())
    return [text for name, text in fields if name not in HIDDEN and len(text) > 1]

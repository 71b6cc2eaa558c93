"""When a form can not be taken: nothing that was typed may be lost."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from madang.community.boards.actions import GoneError

HIDDEN = {
    *("csrfmiddlewaretoken", "token", "board", "kind", "terms"),
    *("password", "password1", "password2", "oldpassword"),
}
GONE = 410

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


def _typed(request: HttpRequest) -> list[str]:
    fields = ((name, str(text)) for name, text in request.POST.items())
    return [text for name, text in fields if name not in HIDDEN and len(text) > 1]

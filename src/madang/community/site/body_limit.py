"""How much a request may carry: what its form allows, and no more.

A form that holds 20,000 letters is sent as 240,000 bytes at most (an emoji in an address's own
writing takes twelve). What is longer is answered before a byte of it is read, at any address: a
view that says nothing of its forms takes ``ELSE_BYTES``.
"""

from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

BYTES_A_LETTER = 12
#: For the names of fields, choices, passwords and a form's own numbers.
ELSE_BYTES = 64 * 1024
TOO_LARGE = 413

P = ParamSpec("P")
ResponseT = TypeVar("ResponseT")


def takes(*forms: type[BaseForm]) -> Callable[[Callable[P, ResponseT]], Callable[P, ResponseT]]:
    """Say which forms a view reads, so that it is sent as much as they allow."""

    def mark(view: Callable[P, ResponseT]) -> Callable[P, ResponseT]:
        view.forms = forms  # type: ignore[attr-defined]
        return view

    return mark


def letters_of(view: Callable[..., object]) -> int:
    """Return how many letters the forms of a view hold together, 0 where it has none."""
    forms: Iterable[Any] = getattr(view, "forms", ())
    if view_class := getattr(view, "view_class", None):
        forms = filter(None, [getattr(view_class, "form_class", None)])
    if model_admin := getattr(view, "model_admin", None):
        return _letters(model_admin.model._meta.fields)
    return sum(_letters(form.base_fields.values()) for form in forms)


def bytes_for(num_letters: int) -> int:
    """Return how many bytes a form of so many letters may take.

    >>> bytes_for(20_000)
    305536
    """
    return BYTES_A_LETTER * num_letters + ELSE_BYTES


def _letters(fields: Iterable[Any]) -> int:
    sizes = (getattr(each, "max_letters", getattr(each, "max_length", 0)) for each in fields)
    return sum(size or 0 for size in sizes)


class BodyLimitMiddleware:
    """Refuse what is larger than the forms of its view allow; stands before whoever reads it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass a request on: only the view tells how large it may be."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], *_: object
    ) -> HttpResponse | None:
        """Answer a request that is too large."""
        num_letters = letters_of(view)
        if _num_bytes(request) <= bytes_for(num_letters):
            return None
        context = {"num_letters": f"{num_letters:,}" if num_letters else ""}
        return render(request, "413.html", context, status=TOO_LARGE)


def _num_bytes(request: HttpRequest) -> int:
    """Return how many bytes a request says to carry; Django reads no more, and none unsaid."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0

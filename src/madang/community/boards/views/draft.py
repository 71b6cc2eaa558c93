"""A text whose writer turns out to be logged out: kept in the session until they are back."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

# A session lies in the database; what no form would accept need not lie there either.
MAX_KEPT = 30_000


NAMES = ("board", "title", "body")


def keep(request: HttpRequest, kind: str, place: object, *, names: Sequence[str] = NAMES) -> None:
    """Keep what was posted for the form *kind* at *place* (a board's slug, a post's number)."""
    fields = {name: request.POST.get(name, "")[:MAX_KEPT] for name in names}
    request.session["draft"] = {"kind": kind, "place": str(place), "fields": fields}


def take(request: HttpRequest, kind: str, place: object) -> dict[str, str]:
    """Give back what was kept for this form, once; an empty dict where there is nothing."""
    if not request.user.is_authenticated:
        return {}
    draft = request.session.get("draft")
    if not draft or (draft["kind"], draft["place"]) != (kind, str(place)):
        return {}
    del request.session["draft"]
    return {name: text for name, text in draft["fields"].items() if text}


def ask_to_log_in(request: HttpRequest, *, back_to: str) -> HttpResponse:
    """Send the visitor to log in, and from there to *back_to*."""
    return redirect(f"{resolve_url('account_login')}?{urlencode({'next': back_to})}")

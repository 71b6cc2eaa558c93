"""A text whose writer turns out to be logged out: kept in the session until they are back.

Anybody can have one kept, so there is an end to how long it is (no longer than its form takes), how
many there are (the limit ``drafts`` of an address) and how long it lies there.
"""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from madang.community.boards.forms import TokenField
from madang.community.boards.views.failure import show_too_long
from madang.community.throttling.limit import check

KEPT_SECONDS = 2 * 60 * 60
# A field that is no text: a board's number, a price, a choice.
MAX_SHORT = 40


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


def keep_and_ask(
    request: HttpRequest, form: type[forms.Form], kind: str, place: object, *, back_to: str
) -> HttpResponse:
    """Keep what was posted for *form* at *place* (a board's slug, a number), and ask to log in.

    What no form would take is not kept: it is shown, to copy.
    """
    if request.method == "POST":
        kept = _kept(form)
        # A browser sends two letters for the end of a line.
        fields = {name: request.POST.get(name, "").replace("\r\n", "\n") for name in kept}
        if any(len(text) > kept[name] for name, text in fields.items()):
            return show_too_long(request)
        check(request, "drafts")
        request.session["draft"] = {"kind": kind, "place": str(place), "fields": fields}
        request.session.set_expiry(KEPT_SECONDS)
    return ask_to_log_in(request, back_to=back_to)


def keep_longer(request: HttpRequest, **_: Any) -> None:
    """Let the session of somebody who logs in last as long as others do."""
    if request.session.get("_session_expiry") == KEPT_SECONDS:
        request.session.set_expiry(None)


def _kept(form: type[forms.Form]) -> dict[str, int]:
    """Return a form's fields, each with the letters that it may have."""
    return {
        name: getattr(field, "max_letters", MAX_SHORT)
        for name, field in form.base_fields.items()
        if not isinstance(field, TokenField)
    }

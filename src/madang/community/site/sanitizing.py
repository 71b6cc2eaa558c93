"""Requests made fit to be asked about: their characters, and the addresses to go back to.

PostgreSQL holds no NUL, no database a lone surrogate: an address with one leads nowhere, in fields
and cookies they are dropped. A form in another encoding than UTF-8 is refused; the site's pages
send none. An address to return to (``next``, ``back``) that is none of the site is dropped.
"""

import codecs
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict, UnreadablePostError
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

UNSUPPORTED = 415
READ_AS_UTF_8 = {"utf-8", "ascii"}
BACK = ("next", "back")
_UNFIT = re.compile("[\0\ud800-\udfff]")


class SanitizingMiddleware:
    """Refuse or mend what no query could take."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Mend the address's fields, cookies and headers, before anybody asks for a session."""
        request.encoding = settings.DEFAULT_CHARSET  # by whatever name it was called
        clean(request)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Read the form of a request that is not too large, and mend it; refuse what is no text.

        Raises Http404 for an address that no query could take.
        """
        if _UNFIT.search(request.path_info):
            raise Http404
        if request.method == "POST":
            if not is_read_as_utf_8(request):
                return render(request, "415.html", status=UNSUPPORTED)
            read_form(request)
            _clean_form(request, "POST")
        return None


class Request(WSGIRequest):
    """A request; one whose content type can not be read says so, and raises nothing."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            super()._set_content_type_params(meta)  # type: ignore[misc]
        except (ValueError, LookupError):
            self.content_type, self.content_params = "", {"charset": ""}


class Handler(WSGIHandler):
    """Django's, for requests whose content type may be anything."""

    request_class = Request


def is_read_as_utf_8(request: HttpRequest) -> bool:
    """Say whether the encoding that a request names is the site's, or none is named."""
    charset = (request.content_params or {}).get("charset")
    if charset is None:
        return True
    try:
        return codecs.lookup(charset).name in READ_AS_UTF_8
    except (LookupError, ValueError):
        return False


def read_form(request: HttpRequest) -> None:
    """Read the fields once, here; raises BadRequest where that can not be done.

    What Django refuses (too large, too many fields) it refuses as anywhere.
    """
    try:
        _ = request.POST
    except (UnreadablePostError, LookupError, UnicodeError) as error:
        raise BadRequest("The fields of a form could not be read") from error


def clean(request: HttpRequest) -> None:
    """Drop what no query could take from the address's fields, cookies and headers."""
    _clean_form(request, "GET")
    for values in (request.COOKIES, request.META):
        for name in [name for name, value in values.items() if _is_unfit(value)]:
            values[name] = _UNFIT.sub("", values[name])


def _clean_form(request: HttpRequest, method: str) -> None:
    fields: QueryDict = getattr(request, method)
    if not any(map(_is_unfit, _all(fields))) and not any(name in fields for name in BACK):
        return
    cleaned = QueryDict(mutable=True)
    for name, values in fields.lists():
        cleaned.setlist(_UNFIT.sub("", name), [_UNFIT.sub("", str(value)) for value in values])
    for name in BACK:
        if name in cleaned and not is_address_here(request, str(cleaned[name])):
            del cleaned[name]
    cleaned._mutable = False
    setattr(request, method, cleaned)


def is_address_here(request: HttpRequest, address: str) -> bool:
    """Say whether *address* is one of this site, and no bare word."""
    hosts, is_secure = {request.get_host()}, request.is_secure()
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=hosts, require_https=is_secure)
    return is_ours and address.startswith(("/", "http"))


def _all(fields: QueryDict) -> list[str]:
    return [text for name, values in fields.lists() for text in (name, *map(str, values))]


def _is_unfit(value: object) -> bool:
    return isinstance(value, str) and _UNFIT.search(value) is not None

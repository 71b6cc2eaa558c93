"""Asking, before each form is taken and each search, whether it is one too many."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, get_resolver

from madang.community.throttling.limit import (
    KNOWN_BROWSER,
    KNOWN_SECONDS,
    OTHER,
    Mark,
    TooManyRequestsError,
    check,
    check_mail,
    check_text,
)

logger = logging.getLogger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
NOBODY = Mark(action=OTHER)
#: What the account pages count as, most of which a library brings along, by their names.
MARKS = {
    "account_login": Mark(action="logins"),
    "admin:login": Mark(action="logins"),
    "account_reauthenticate": Mark(action="logins"),
    "account_confirm_login_code": Mark(action="logins"),
    "account_signup": Mark(action="signups", mail="email"),
    "account_reset_password": Mark(action="passwords", mail="email"),
    "account_reset_password_from_key": Mark(action="passwords"),
    "account_change_password": Mark(action="passwords"),
    "account_set_password": Mark(action="passwords"),
    "account_email": Mark(action="passwords", mail="email"),
    "account_confirm_email": Mark(action=OTHER),
    "accounts:settings": Mark(action=OTHER),
    "account_logout": Mark(action=None, reason="whoever wants to leave may; it writes no row"),
    "set_language": Mark(action=None, reason="sets a cookie alone"),
}
#: All of Django's administration but its log-in: only who may enter it gets to a form.
ADMINISTRATION = Mark(action=OTHER)


class ThrottlingMiddleware:
    """Answer 429 to what is done too often; stands after those that know the person and CSRF."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and give a browser that somebody logged in from a cookie to be known by."""
        response = self.get_response(request)
        mark = mark_of(request.resolver_match)
        if mark and mark.action == "logins" and request.method == "POST":
            _know_browser(request, response)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Count what is asked for; a view that names no action counts as others do."""
        mark = mark_of(request.resolver_match) or NOBODY
        try:
            _check(request, mark)
        except TooManyRequestsError as error:
            return _answer(request, error)
        except Error:
            # Whatever can not be counted is let through: what it does needs the database as well.
            logger.exception("A request could not be counted")
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer where a view itself found it too much."""
        if isinstance(exception, TooManyRequestsError):
            return _answer(request, exception)
        return None


def mark_of(match: ResolverMatch | None) -> Mark | None:
    """Return what a page counts as: its view's own word, or what stands here; None without."""
    if match is None:
        return None
    mark: Mark | None = getattr(match.func, "throttling", None) or MARKS.get(match.view_name)
    return mark or (ADMINISTRATION if match.app_names == ["admin"] else None)


def _check(request: HttpRequest, mark: Mark) -> None:
    if mark.action is None:
        return
    if request.method in SAFE:
        if mark.query and request.GET.get(mark.query, "").strip():
            check(request, mark.action)
        return
    check(request, mark.action)
    if mark.texts:
        check_text(request, mark.texts)
    if mark.mail:
        check_mail(request.POST.get(mark.mail, ""))


def _answer(request: HttpRequest, error: TooManyRequestsError) -> HttpResponse:
    handler: Callable[..., HttpResponse] = get_resolver().resolve_error_handler(429)
    return handler(request, exception=error)


def _know_browser(request: HttpRequest, response: HttpResponse) -> None:
    if not request.user.is_authenticated:
        return
    response.set_signed_cookie(
        KNOWN_BROWSER,
        str(request.user.pk),
        salt=KNOWN_BROWSER,
        max_age=KNOWN_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )

"""What every page passes through: its language, its session, and who may keep a copy of it."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions import middleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_cache_control, patch_vary_headers

from madang.community.site.database_error import find_unavailable

logger = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}

Answer = Callable[[HttpRequest], HttpResponse]


def keep_private(get_response: Answer) -> Answer:
    """Tell caches on the way that a page with a session is one person's own."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        name = settings.SESSION_COOKIE_NAME
        if name in request.COOKIES or name in response.cookies:
            # What says more already is kept.
            patch_cache_control(response, private=True, no_cache=True)
        return response

    return answer


def choose_language(get_response: Answer) -> Answer:
    """Answer in Korean, unless the person chose another language in the foot of a page.

    Django's own middleware would follow the browser's setting; here many Korean readers have an
    English browser, so only a choice made on the site counts.
    """
    allowed = dict(settings.LANGUAGES)

    def answer(request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in allowed else settings.LANGUAGE_CODE
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return answer


class SessionMiddleware(middleware.SessionMiddleware):
    """Django's, but who only reads gets the page also where the session can not be kept now."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Keep the session; raises the database's error where a form was sent.

        Django takes a session that can not be written for one that was deleted.
        """
        try:
            return super().process_response(request, response)
        except (Error, SessionInterrupted) as error:
            failure = find_unavailable(error)
            if failure is None:
                raise
            if request.method not in SAFE_METHODS:
                raise failure from failure.__cause__
        logger.warning("A session could not be kept: %s", failure)
        patch_vary_headers(response, ("Cookie",))
        return response

"""Sessions that a database in trouble does not turn into failed pages."""

import logging

from django.contrib.sessions import middleware
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from madang.community.site.database_error import find_unavailable

logger = logging.getLogger(__name__)

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


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

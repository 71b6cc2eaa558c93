"""A view's limit: what it counts as, and whether the person, or the address, may do it again."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.extension.contribution import count_up
from madang.community.site.client import client_address
from madang.community.site.rate import Limit, Rate
from madang.community.throttling import actions
from madang.text.composition import compose

View = TypeVar("View", bound=Callable[..., object])

#: A form whose view names no action counts as this.
OTHER = "changes"
# Whoever took over a moderator's session could guess the password without end.
FOR_MODERATORS = frozenset({"logins", "passwords"})
# "Thank you" may be said as often as one likes.
SHORTEST_COMPARED = 15
LONGEST_COMPARED = 20_000
KNOWN_BROWSER, KNOWN_SECONDS = "known_browser", 365 * 86400


class TooManyRequestsError(Exception):
    """Something was done too often.

    ``seconds`` is how long to wait, ``action`` what it was.
    """

    def __init__(self, action: str, seconds: float) -> None:
        super().__init__(f"{action}: again in {seconds:.0f} seconds")
        self.action = action
        self.seconds = seconds


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a view counts as.

    ``query`` names the parameter that makes reading the page count (a search); ``texts`` are the
    fields of a text that is not to be sent again and again; ``mail`` is the field of an e-mail
    address that something is sent to. ``action`` None counts nothing, for the ``reason`` given.
    """

    action: str | None
    query: str = ""
    texts: tuple[str, ...] = ()
    mail: str = ""
    reason: str = ""


def limited(
    action: str, *, query: str = "", texts: tuple[str, ...] = (), mail: str = ""
) -> Callable[[View], View]:
    """Count what a view does as *action*, which names a limit in ``rate.DEFAULTS``.

    The middleware asks before the view runs. The mark is found through the decorators above it.
    """

    def add(view: View) -> View:
        view.throttling = Mark(action=action, query=query, texts=texts, mail=mail)  # type: ignore[attr-defined]
        return view

    return add


def check(request: HttpRequest, action: str) -> None:
    """Count one *action* of who asks.

    Raises TooManyRequestsError where that is one too many.
    """
    limit = limit_of(action)
    for subject, rate in _counted(request, action, limit):
        _take(action, subject, rate)


def check_text(request: HttpRequest, fields: tuple[str, ...]) -> None:
    """Count a text, wherever it is sent to: by its author, and by all new accounts together.

    Raises TooManyRequestsError where it came too often.
    """
    person = request.user
    if not isinstance(person, User) or person.is_moderator:
        return
    text = fingerprint(*(request.POST.get(name, "") for name in fields))
    if not text:
        return
    new, repeats = is_new_account(request, person), limit_of("repeats")
    _take("repeats", f"{person.pk} {text}", repeats.new if new else repeats.person)
    if new:
        _take("copies", text, limit_of("copies").person)


def check_mail(address: str) -> None:
    """Count a mail to *address*, which somebody typed: whether it is known here or not.

    Raises TooManyRequestsError where it got enough.
    """
    if address := address.strip().casefold()[:320]:
        _take("mails", address, limit_of("mails").person)


def limit_of(action: str) -> Limit:
    """Return the limit of an action; none at all where limits are off."""
    found: Limit = settings.MADANG_LIMITS.get(action, Limit())
    return found


def fingerprint(*texts: str) -> str:
    """Return what is the same for texts that differ in blanks, signs, case and spelling alone.

    "" for a text too short to be told from what others say.

    >>> fingerprint("오늘만! 특가, 놓치지 마세요 -- 지금 바로")[:8]
    'f31edfa6'
    >>> fingerprint("오늘만 특가 놓치지마세요", "지금바로!!")[:8]
    'f31edfa6'
    """
    letters = "".join(filter(str.isalnum, "".join(text[:LONGEST_COMPARED] for text in texts)))
    letters = compose(letters, "NFKC").casefold()
    if len(letters) < SHORTEST_COMPARED:
        return ""
    return hashlib.sha256(letters.encode()).hexdigest()


def _counted(request: HttpRequest, action: str, limit: Limit) -> Iterator[tuple[str, Rate | None]]:
    """Yield by whom an action is counted, and how often each may do it; moderators may always."""
    person = request.user
    if isinstance(person, User):
        if person.is_moderator and action not in FOR_MODERATORS:
            return
        new = is_new_account(request, person)
        yield f"person {person.pk}", limit.new if new else limit.person
        if not new:
            return
    elif action == "logins" and (known := known_person(request)):
        # Others at the same address can not lock out who logged in from here before.
        yield f"person {known}", limit.person
        return
    if limit.address:
        yield f"address {client_address(request)}", limit.address


def is_new_account(request: HttpRequest, person: User) -> bool:
    """Say whether who asks signed up a short time ago, or has written hardly anything that is up.

    The second, because an account that was made in advance and lay still is no better known. It is
    looked up once a request.
    """
    if not hasattr(request, "is_new_account"):
        hours = timedelta(hours=settings.MADANG_NEW_ACCOUNT_HOURS)
        is_young = timezone.now() - person.date_joined < hours
        asked = settings.MADANG_NEW_ACCOUNT_CONTRIBUTIONS
        is_new = is_young or (asked > 0 and count_up(person, most=asked) < asked)
        request.is_new_account = is_new  # type: ignore[attr-defined]
    found: bool = request.is_new_account  # type: ignore[attr-defined]
    return found


def known_person(request: HttpRequest) -> str:
    """Return the number of who last logged in with this browser, "" where nobody did."""
    found = request.get_signed_cookie(
        KNOWN_BROWSER, default="", salt=KNOWN_BROWSER, max_age=KNOWN_SECONDS
    )
    return str(found)


def _take(action: str, subject: str, rate: Rate | None) -> None:
    if rate is None:
        return
    if seconds := actions.take(f"{action} {subject}", rate):
        raise TooManyRequestsError(action, seconds)

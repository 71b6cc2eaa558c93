"""Rates and limits, as the site has them and as an operator writes others.

A rate is ``10/h``: ten within an hour, counted from the first. Units are ``s m h d``, with a number
before them where it is not one: ``60/15m``.
"""

import re
from dataclasses import dataclass, replace

from madang.errors import SettingError
from madang.suggestion import nearest

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
MAX_NUMBER = 1_000_000
MAX_SECONDS = 30 * UNITS["d"]
SCOPES = ("person", "new", "address")

_RATE = re.compile(r"([0-9]{1,7})/([0-9]{0,5})([smhd])")


@dataclass(frozen=True)
class Rate:
    """So many times within so many seconds."""

    number: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Limit:
    """The rates of one action; None is no limit.

    ``person`` is for one person, ``new`` for one whose account is new, ``address`` for all at one
    address together who are not logged in, or whose accounts are new.
    """

    person: Rate | None = None
    new: Rate | None = None
    address: Rate | None = None


def parse_rate(text: str) -> Rate | None:
    """Read a rate; None where *text* is none.

    >>> parse_rate("60/15m")
    Rate(number=60, seconds=900)
    """
    found = _RATE.fullmatch(text)
    if not found:
        return None
    rate = Rate(int(found[1]), int(found[2] or 1) * UNITS[found[3]])
    is_allowed = 0 < rate.number <= MAX_NUMBER and 0 < rate.seconds <= MAX_SECONDS
    return rate if is_allowed else None


def parse_limit(name: str, text: str, default: Limit) -> Limit:
    """Read a limit, ``20/h, new 5/h, address off``; what it does not name stays as in *default*.

    ``off`` alone is no limit at all. Raises SettingError that names the variable *name*.
    """
    limit = default
    if text.strip() == "off":
        return Limit()
    for part in text.split(","):
        words = part.split()
        scope = words.pop(0) if len(words) == 2 else "person"
        rate = parse_rate(words[0]) if len(words) == 1 else None
        if scope not in SCOPES or (rate is None and words != ["off"]):
            raise SettingError(
                f"{name}={text!r}: {part.strip()!r} is no rate; allowed are a number, a slash and "
                "a time of up to 30d (s, m, h, d), such as 20/h or 60/15m, or off; person, new or "
                "address may stand before it; write it so: 20/h, new 5/h, address 60/h"
            )
        limit = replace(limit, **{scope: rate})
    return limit


def find_action(name: str, given: str) -> str:
    """Return the action that *given* names.

    Raises SettingError, of the variable *name*, where there is none.
    """
    if given in DEFAULTS:
        return given
    near = nearest(given, DEFAULTS)
    hint = f" Did you mean MADANG_LIMIT_{near[0].upper()}?" if near else ""
    allowed = ", ".join(f"MADANG_LIMIT_{action.upper()}" for action in DEFAULTS)
    raise SettingError(f"{name} is no setting; allowed are {allowed}; write one of them.{hint}")


def _limit(person: str, new: str = "", address: str = "") -> Limit:
    return Limit(person=parse_rate(person), new=parse_rate(new), address=parse_rate(address))


#: What is limited. A form that was refused counts as well: it costs as much.
DEFAULTS = {
    "posts": _limit("30/h", "10/h", "30/h"),
    "comments": _limit("120/h", "30/h", "120/h"),
    "listings": _limit("20/h", "5/h", "20/h"),
    "reviews": _limit("30/h", "10/h", "40/h"),
    "edits": _limit("120/h", "40/h", "120/h"),
    "tags": _limit("200/h", "60/h", "200/h"),
    "appeals": _limit("30/h", "10/h", "40/h"),
    #: The same text by one person; the same text by new accounts, all together.
    "repeats": _limit("3/h", "3/h"),
    "copies": _limit("3/h"),
    #: Everything else that a form changes, and each form that names no action of its own.
    "changes": _limit("600/h", "300/h", "600/h"),
    #: The check of a text while it is written.
    "hints": _limit("120/m", "60/m", "240/m"),
    "searches": _limit("60/m", "30/m", "60/m"),
    #: By the browser where somebody logged in from it before, else by the address.
    "logins": _limit("20/15m", "20/15m", "60/15m"),
    "signups": _limit("20/h", "20/h", "20/h"),
    #: Changing a password, and asking for a new one.
    "passwords": _limit("20/h", "20/h", "20/h"),
    #: Mails to one e-mail address that anybody can have sent.
    "mails": _limit("10/h"),
    #: Texts of people who turn out to be logged out, kept until they are back.
    "drafts": _limit("", "", "10/h"),
}

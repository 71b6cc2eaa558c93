"""How times are written: a closed list of notations, each of which can be read in one way only.

A notation is a pattern with named groups, which Python and polars read alike. What stands on no
list, above all dates whose day and month can be told by nothing but habit (1/12/10), is read by a
format that a person gives, in the directives of ``strptime``.
"""

import re
from collections.abc import Iterator

from madang.errors import SettingError

YEAR, SHORT_YEAR = "(?P<year>[0-9]{4})", "(?P<short_year>[0-9]{2})"
MONTH, DAY, HOUR = (f"(?P<{name}>[0-9]{{1,2}})" for name in ("month", "day", "hour"))
MINUTE, SECOND = "(?P<minute>[0-9]{2})", "(?P<second>[0-9]{2})"
LAX_MINUTE, LAX_SECOND = "(?P<minute>[0-9]{1,2})", "(?P<second>[0-9]{1,2})"
FRACTION = "(?P<fraction>[0-9]{1,9})"
HALF = "(?P<half>오전|오후|(?i:AM|PM))"
HALF_BEHIND = "(?P<half_behind>(?i:AM|PM))"
# Names of zones that mean one thing only; CST and IST, say, mean several.
ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "KST": 9 * 60}
OFFSET = "[+-][0-9]{2}(?::?[0-9]{2})?"
ZONE = f"(?P<zone>{'|'.join(ZONES)}|{OFFSET})"

CLOCK = (
    f"(?:(?:T| +)(?:{HALF} ?)?{HOUR}:{MINUTE}(?::{SECOND}(?:[.,]{FRACTION})?)?"
    f"(?: ?{HALF_BEHIND})?(?: ?{ZONE})?)?"
)
KOREAN_CLOCK = f"(?: +(?:{HALF} ?)?{HOUR}시(?: ?{LAX_MINUTE}분(?: ?{LAX_SECOND}초)?)?)?"
TWO_DIGITS = {name: f"(?P<{name}>[0-9]{{2}})" for name in ("month", "day", "hour", "minute")}
COMPACT_DATE = YEAR + TWO_DIGITS["month"] + TWO_DIGITS["day"]
COMPACT_CLOCK = (
    f"(?:[T ]?{TWO_DIGITS['hour']}{MINUTE}(?:{SECOND}(?:[.,]{FRACTION})?)?(?: ?{ZONE})?)?"
)
COMPACT = COMPACT_DATE + COMPACT_CLOCK
# The year comes first in all of them, which settles what the other two are.
NOTATIONS = {
    "2024-03-05 15:12:00": f"{YEAR}-{MONTH}-{DAY}{CLOCK}",
    "2024/03/05 15:12:00": f"{YEAR}/{MONTH}/{DAY}{CLOCK}",
    "2024. 3. 5. 15:12": rf"{YEAR}\. ?{MONTH}\. ?{DAY}\.?{CLOCK}",
    "2024년 3월 5일 15:12": f"{YEAR}년 ?{MONTH}월 ?{DAY}일{CLOCK}",
    "2024년 3월 5일 15시 12분": f"{YEAR}년 ?{MONTH}월 ?{DAY}일{KOREAN_CLOCK}",
    "20240305151200": COMPACT,
}
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

DIRECTIVES = {
    "Y": YEAR,
    "y": SHORT_YEAR,
    "m": MONTH,
    "d": DAY,
    "b": "(?P<month_name>[A-Za-z]{3,9})",
    "B": "(?P<month_name>[A-Za-z]{3,9})",
    "a": "[A-Za-z]+",
    "A": "[A-Za-z]+",
    "H": HOUR,
    "I": HOUR,
    "p": HALF,
    "M": LAX_MINUTE,
    "S": LAX_SECOND,
    "f": FRACTION,
    "z": ZONE,
    "Z": ZONE,
    "%": "%",
}
DIGITS = "YymdHIMSf"
# Dates that can be read in two ways, and clocks that may stand behind them, to be proposed.
ORDERS = ("%m{0}%d{0}%Y", "%d{0}%m{0}%Y", "%m{0}%d{0}%y", "%d{0}%m{0}%y", "%y{0}%m{0}%d")
NAMED = ("%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d-%b-%y")
CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %p %I:%M", " %p %I:%M:%S")


def find_pattern(text: str) -> str | None:
    """Return the pattern of the first notation in which a text is written, None for no notation.

    >>> find_pattern("2024. 3. 5. 오후 3:12") == NOTATIONS["2024. 3. 5. 15:12"]
    True
    >>> find_pattern("1/12/10 8:26")
    """
    return next((each for each in NOTATIONS.values() if re.fullmatch(each, text)), None)


def pattern_of(time_format: str) -> str:
    """Return the pattern of a format of ``strptime``.

    Blanks stand for one or several. Numbers may lack their leading zero, unless two stand side by
    side. Raises ``SettingError`` for an unknown directive, one that stands twice, and a format that
    names no day or half an hour.

    >>> re.fullmatch(pattern_of("%m/%d/%y %H:%M"), "1/12/10 8:26")["day"]
    '12'
    """
    tokens = re.findall(r"%.?| +|[^% ]+", time_format)
    parts, used = [], set()
    for number, token in enumerate(tokens):
        if not token.startswith("%"):
            parts.append(" +" if token.isspace() else re.escape(token))
            continue
        name = token[1:]
        if name not in DIRECTIVES or (name in used and name != "%"):
            fault = "stands twice" if name in used else "is no directive"
            known = ", ".join(f"%{each}" for each in DIRECTIVES)
            raise SettingError(
                f"In the time_format {time_format!r} {token} {fault}; known: {known}."
            )
        used.add(name)
        beside = tokens[max(number - 1, 0) : number] + tokens[number + 1 : number + 2]
        is_beside = any(each.startswith("%") and each[1:] in DIGITS for each in beside)
        part = DIRECTIVES[name]
        parts.append(part.replace("{1,2}", "{2}") if is_beside else part)
    _check_complete(time_format, used)
    return "".join(parts)


def _check_complete(time_format: str, used: set[str]) -> None:
    """Refuse a format that leaves a moment open, or says a part of it twice."""
    one_each = {"year": "Yy", "month": "mbB", "day": "d"}
    for what, names in one_each.items():
        if len(used.intersection(names)) != 1:
            allowed = " or ".join(f"%{each}" for each in names)
            raise SettingError(
                f"The time_format {time_format!r} must name the {what} once: {allowed}."
            )
    lacking = [
        f"%{needed} with %{name}"
        for name, needed in (("I", "p"), ("p", "I"), ("S", "M"), ("f", "S"))
        if name in used and needed not in used
    ]
    if "M" in used and not used.intersection("HI"):
        lacking.append("%H with %M")
    if lacking or {"H", "I"} <= used or {"z", "Z"} <= used:
        raise SettingError(
            f"The time_format {time_format!r} can not be read in one way. Give "
            f"{', '.join(lacking) or 'one of %H and %I, one of %z and %Z'}."
        )


def possible_formats(text: str) -> Iterator[str]:
    """Yield the usual formats in which a text that is on no list may be written.

    >>> list(possible_formats("12/1/2010 8:26"))
    ['%m/%d/%Y %H:%M', '%d/%m/%Y %H:%M']
    """
    dates = [order.format(mark) for mark in ("/", "-", ".", ". ") for order in ORDERS]
    dotted = [f"{date}." for date in dates if ". " in date]
    for date in (*dates, *dotted, *NAMED):
        for clock in CLOCKS:
            if re.fullmatch(pattern_of(date + clock), text):
                yield date + clock


def offset_minutes(zone: str) -> int | None:
    """Return how far a zone is ahead of UTC, None for an offset that there is nowhere.

    >>> offset_minutes("+0900"), offset_minutes("-03:30"), offset_minutes("KST")
    (540, -210, 540)
    """
    if zone in ZONES:
        return ZONES[zone]
    hours, minutes = int(zone[1:3]), int(zone[3:].removeprefix(":") or 0)
    if hours > 14 or minutes > 59:
        return None
    return (60 * hours + minutes) * (-1 if zone[0] == "-" else 1)

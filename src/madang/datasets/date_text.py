"""Dates written as texts, all in one notation, turned into moments a column at a time.

polars takes the parts of a text apart by the notation's pattern, numpy's calendar puts them
together. No part is made up but a clock that is not there at all: then it is midnight.
"""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from madang.datasets.time_notation import MONTHS, offset_minutes

if TYPE_CHECKING:
    import polars as pl

Numbers = NDArray[np.int64]
# Parts that all rows of a column have, or none.
ALL_OR_NONE = {"hour": "a time of day", "half": "오전, 오후, AM or PM", "zone": "a time zone"}
# The parts of so many rows are held at once.
ROWS_AT_ONCE = 500_000
# A year of two digits from here on is of the last century, as in POSIX.
FIRST_SHORT_YEAR = 69


class Dates(NamedTuple):
    """Moments by their own clocks or, with zones, in UTC; null where a text is no such date.

    ``num_with`` says how many rows have each part of ``ALL_OR_NONE``.
    """

    moments: "pl.Series"
    num_with: dict[str, int]


def read_dates(texts: "pl.Series", pattern: str) -> Dates:
    """Read texts by a pattern of ``time_notation``; what does not exist, as 30 February, is null.

    >>> import polars as pl
    >>> from madang.datasets.time_notation import pattern_of
    >>> read_dates(pl.Series(["29.2.24", "30.2.24"]), pattern_of("%d.%m.%y")).moments.to_list()
    [datetime.datetime(2024, 2, 29, 0, 0), None]
    """
    import polars as pl

    num_with = dict.fromkeys(ALL_OR_NONE, 0)
    found = [pl.Series(texts.name, [], pl.Datetime("us"))]
    for part in texts.to_frame().iter_slices(ROWS_AT_ONCE):
        groups = part.to_series().str.extract_groups(f"^(?:{pattern})$").struct.unnest()
        if "half_behind" in groups.columns:
            groups = groups.with_columns(half=pl.coalesce("half", "half_behind"))
        for name in ALL_OR_NONE:
            num_with[name] += groups[name].count() if name in groups.columns else 0
        found.append(_assemble(groups).alias(texts.name))
    return Dates(pl.concat(found), num_with)


def _assemble(groups: "pl.DataFrame") -> "pl.Series":
    """Return the moments that the parts of texts make."""
    import polars as pl

    year, month, is_date = _year_and_month(groups)
    months = (year - 1970) * 12 + np.clip(month, 1, 12) - 1
    first_day, next_day = (
        (months + further).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        for further in (0, 1)
    )
    day = _number(groups, "day")
    is_date &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= next_day - first_day)
    hour, is_hour = _hour(groups)
    minute, second = _number(groups, "minute"), _number(groups, "second")
    offset, is_offset = _offset(groups)
    is_right = is_date & is_hour & (minute < 60) & (second < 60) & is_offset
    seconds = ((first_day + day - 1) * 24 + hour) * 3600 + (minute - offset) * 60 + second
    microseconds = pl.Series(seconds * 1_000_000 + _microsecond(groups))
    return microseconds.set(~pl.Series(is_right), None).cast(pl.Datetime("us"))


def _number(groups: "pl.DataFrame", name: str, otherwise: int = 0) -> Numbers:
    """Return a part as whole numbers, ``otherwise`` where it is absent."""
    import polars as pl

    if name not in groups.columns:
        return np.full(groups.height, otherwise, np.int64)
    return groups[name].cast(pl.Int64).fill_null(otherwise).to_numpy()


def _year_and_month(groups: "pl.DataFrame") -> tuple[Numbers, Numbers, NDArray[np.bool_]]:
    """Return years and months, and whether a text has the notation at all."""
    import polars as pl

    if "short_year" in groups.columns:
        short = _number(groups, "short_year", -1)
        year = short + np.where(short < FIRST_SHORT_YEAR, 2000, 1900)
        has_notation = short >= 0
    else:
        year = _number(groups, "year", 0)
        has_notation = year > 0
    if "month_name" not in groups.columns:
        return year, _number(groups, "month"), has_notation
    names = groups["month_name"].str.to_lowercase()
    numbers = {name: number for number, name in enumerate(MONTHS, start=1)}
    numbers |= {name[:3]: number for name, number in numbers.items()}
    month = names.replace_strict(numbers, default=0, return_dtype=pl.Int64).fill_null(0)
    return year, month.to_numpy(), has_notation


def _hour(groups: "pl.DataFrame") -> tuple[Numbers, NDArray[np.bool_]]:
    """Return hours from 0 to 23, and whether they are such; 12 in the morning is midnight."""
    hour = _number(groups, "hour")
    if "half" not in groups.columns:
        return hour, hour < 24
    half = groups["half"].str.to_lowercase()
    has_half = half.is_not_null().to_numpy()
    is_after = half.is_in(["오후", "pm"]).fill_null(False).to_numpy()
    is_right = np.where(has_half, (hour >= 1) & (hour <= 12), hour < 24)
    return np.where(has_half, hour % 12 + 12 * is_after, hour), is_right


def _microsecond(groups: "pl.DataFrame") -> Numbers:
    import polars as pl

    if "fraction" not in groups.columns:
        return np.zeros(groups.height, np.int64)
    digits = groups["fraction"].str.head(6).str.pad_end(6, "0")
    return digits.cast(pl.Int64).fill_null(0).to_numpy()


def _offset(groups: "pl.DataFrame") -> tuple[Numbers, NDArray[np.bool_]]:
    """Return minutes ahead of UTC, and whether there is such an offset."""
    import polars as pl

    if "zone" not in groups.columns:
        return np.zeros(groups.height, np.int64), np.ones(groups.height, np.bool_)
    zones = groups["zone"]
    known = {zone: offset_minutes(zone) for zone in zones.drop_nulls().unique()}
    minutes = zones.replace_strict(known, default=None, return_dtype=pl.Int64)
    is_right = minutes.is_not_null() | zones.is_null()
    return minutes.fill_null(0).to_numpy(), is_right.to_numpy()

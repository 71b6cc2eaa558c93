"""A column of times, as numbers or as dates, turned into moments of UTC to the microsecond.

Numbers count a given unit from 1970. Dates are in one of the notations of ``time_notation``, all
rows in the same one. What is finer than a microsecond is cut off. Everything is a column at a time.
"""

import dataclasses
import re
import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from madang.datasets.date_text import ALL_OR_NONE, read_dates
from madang.datasets.table.reader import MISSING
from madang.datasets.time_notation import (
    COMPACT,
    NOTATIONS,
    find_pattern,
    pattern_of,
    possible_formats,
)
from madang.errors import DataError, SettingError

if TYPE_CHECKING:
    import polars as pl

TimeUnit = Literal["s", "ms", "us", "ns"]
UNITS_A_SECOND: dict[TimeUnit, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# The end of the year 9999: beyond it a number is no time, or one in another unit.
MOST_SECONDS = 253_402_300_800
# Between 1980 and 2100 lie the moments of which people keep files.
USUAL_SECONDS = (315_532_800, 4_102_444_800)
# Whole numbers from here to there may be dates without anything between year, month and day.
COMPACT_NUMBERS = (
    (1900_01_01, 2100_12_31),
    (1900_01_01_0000, 2100_12_31_2359),
    (1900_01_01_000000, 2100_12_31_235959),
)
# Those that are read fastest, by far the most frequent. chrono alone would let 60 seconds pass.
_ISO = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[0-9]{2}:[0-9]{2}:[0-5][0-9]"
FAST = (
    (f"^{_ISO} {_CLOCK}$", "%Y-%m-%d %H:%M:%S", False),
    (f"^{_ISO}T{_CLOCK}$", "%Y-%m-%dT%H:%M:%S", False),
    (f"^{_ISO}T{_CLOCK}Z$", "%Y-%m-%dT%H:%M:%SZ", True),
    (f"^{_ISO} {_CLOCK} UTC$", "%Y-%m-%d %H:%M:%S UTC", True),
)
OPTION = "--time_format '{0}' (in a recipe: time_format = \"{0}\")"
MISSING_TIME = "^(?i:" + "|".join(map(re.escape, sorted({*MISSING, "nat"}))) + ")?$"
SHOWN = ", ".join(map(repr, NOTATIONS))


@dataclasses.dataclass(frozen=True)
class TimeOptions:
    """What a person says of a column of times, besides its name.

    ``unit``: what numbers count. ``format``: how dates are written, in the directives of
    ``strptime``. ``zone``: of dates without an offset, such as Asia/Seoul; "" is UTC.

    Raises ``SettingError`` for a format that can not be read in one way, and an unknown zone.
    """

    unit: TimeUnit = "s"
    format: str = ""
    zone: str = ""

    def __post_init__(self) -> None:
        if self.format:
            pattern_of(self.format)
        if self.zone and self.zone not in zoneinfo.available_timezones():
            raise SettingError(
                f"time_zone is {self.zone!r}; it is a place of the IANA data base, such as "
                f"Asia/Seoul or Europe/Berlin."
            )


@dataclasses.dataclass(frozen=True)
class _Times:
    """A column of times under way: its rows, what was said of it, and where it stands."""

    column: "pl.Series"
    source: str
    options: TimeOptions

    def of(self, column: "pl.Series") -> "_Times":
        """Return another stage of the same column."""
        return dataclasses.replace(self, column=column)

    def refused(self, value: object, what: str) -> DataError:
        """Return the error of a value of this column."""
        return DataError(f"{self.source} has {value!r} in {self.column.name!r}{what}")


def moments(
    column: "pl.Series", source: str, unit: TimeUnit = "s", *, time_format: str = "", zone: str = ""
) -> "pl.Series":
    """Return times as moments of UTC without a zone; what is missing stays missing.

    ``zone`` is that of dates that bear none. Raises ``DataError`` for what is no time, or can be
    read in two ways.

    >>> import polars as pl
    >>> moments(pl.Series(["1970-01-02", None]), "a.csv").dt.epoch("s").to_list()
    [86400, None]
    >>> moments(pl.Series(["2024. 3. 5. 오후 3:12"]), "a.csv").to_list()
    [datetime.datetime(2024, 3, 5, 15, 12)]
    """
    import polars as pl

    times = _Times(column, source, TimeOptions(unit, time_format, zone))
    if column.dtype == pl.Null:
        return column.cast(pl.Datetime("us"))
    if column.dtype in (pl.Date, pl.Datetime):
        return _from_dates(times)
    if column.dtype.is_numeric() and not time_format:
        return _from_numbers(times)
    if column.dtype.is_numeric() or column.dtype in (pl.String, pl.Categorical, pl.Enum):
        return _from_texts(times.of(_as_texts(column)))
    raise DataError(
        f"{source} has {column.dtype} in {column.name!r}. Times are numbers or dates: save them so."
    )


def _as_texts(column: "pl.Series") -> "pl.Series":
    """Return numbers as texts, whole ones without a point."""
    import polars as pl

    whole = _whole(column) if column.dtype.is_numeric() else column
    return whole.cast(pl.String)


def _from_dates(times: _Times) -> "pl.Series":
    """Return the moments of a column that holds dates already."""
    import polars as pl

    column = times.column
    if times.options.format:
        raise times.refused(str(column.drop_nulls().first()), ", a date. Leave time_format out.")
    time_zone = getattr(column.dtype, "time_zone", None)
    if time_zone:
        column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _in_utc(column.cast(pl.Datetime("us")), times, has_zone=bool(time_zone))


# Numbers.


def _whole(column: "pl.Series") -> "pl.Series":
    """Return numbers as whole ones where all are, without NaN."""
    import polars as pl

    if not column.dtype.is_float():
        is_decimal = isinstance(column.dtype, pl.Decimal)
        return _whole(column.cast(pl.Float64)) if is_decimal else column.cast(pl.Int64)
    column = column.fill_nan(None)
    whole = column.cast(pl.Int64, strict=False)
    return (
        whole if (whole == column).all() and whole.null_count() == column.null_count() else column
    )


def _from_numbers(times: _Times) -> "pl.Series":
    import polars as pl

    column, unit = _whole(times.column), times.options.unit
    if not column.dtype.is_float() and (dates := _from_compact(column, times)) is not None:
        return dates
    if times.options.zone and column.count():
        raise times.refused(column.drop_nulls()[0], ", a number. Leave time_zone out.")
    _check_unit(column, times)
    if unit == "ns":
        microseconds = column // 1000
    elif column.dtype.is_float():
        microseconds = (column * (10**6 // UNITS_A_SECOND[unit])).round()
    else:
        microseconds = column * (10**6 // UNITS_A_SECOND[unit])
    return microseconds.cast(pl.Int64).cast(pl.Datetime("us"))


def _from_compact(column: "pl.Series", times: _Times) -> "pl.Series | None":
    """Return whole numbers as the dates that all of them are, such as 20240305151200, else None."""
    import polars as pl

    least, most = column.min(), column.max()
    if not any(low <= (least or 0) and (most or 0) <= high for low, high in COMPACT_NUMBERS):  # type: ignore[operator]
        return None
    found = read_dates(column.cast(pl.String), COMPACT).moments
    if found.null_count() > column.null_count():
        return None
    first = column.drop_nulls()[0]
    if times.options.unit != "s":
        raise times.refused(
            first,
            f": dates, it seems, and no numbers of {times.options.unit}. Leave time_unit out.",
        )
    return _in_utc(found, times, has_zone=False)


def _check_unit(column: "pl.Series", times: _Times) -> None:
    """Refuse with ``DataError`` numbers that are too large for a unit, or count another one."""
    if not column.count():
        return
    unit = times.options.unit
    largest: float = column.abs().max()  # type: ignore[assignment]
    low, high = USUAL_SECONDS
    usual = {
        name: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=largest / size)
        for name, size in UNITS_A_SECOND.items()
        if low <= largest / size < high
    }
    is_too_much = not largest <= MOST_SECONDS * UNITS_A_SECOND[unit]
    # Read in a finer unit than it counts, a time of today lies shortly after 1970.
    is_too_little = unit != "s" and bool(usual) and largest / UNITS_A_SECOND[unit] < low
    if not is_too_much and not is_too_little:
        return
    places = (column.abs() == largest).arg_true()
    value = column[int(places[0])] if len(places) else largest
    size = "much" if is_too_much else "little"
    listed = "; ".join(f"in {name} it is {each:%Y-%m-%d}" for name, each in usual.items())
    advice = next(iter(usual), "")
    raise times.refused(
        value,
        f", too {size} for a time in {unit}{': ' + listed if listed else ''}. Say its unit: "
        f"--time_unit {advice or 'NAME'}, one of {', '.join(UNITS_A_SECOND)} (in a recipe: "
        f"time_unit).",
    )


# Texts.


def _from_texts(times: _Times) -> "pl.Series":
    import polars as pl

    column, num_missing = times.column, times.column.null_count()
    if not times.options.format:
        numbers = column.cast(pl.Int64, strict=False)
        if numbers.null_count() == num_missing:
            return _from_numbers(times.of(numbers))
        for pattern, fast, has_zone in FAST:
            if column.str.contains(pattern).all():
                found = column.str.to_datetime(fast, time_unit="us", strict=False, cache=False)
                if found.null_count() == num_missing:
                    return _in_utc(found, times, has_zone=has_zone)
    column = column.str.strip_chars()
    column = column.set(column.str.contains(MISSING_TIME).fill_null(False), None)
    return _from_cleaned(times.of(column))


def _from_cleaned(times: _Times) -> "pl.Series":
    """Read texts without blanks around them and without words for what is missing."""
    import polars as pl

    column = times.column
    if column.count() == 0:
        return column.cast(pl.Datetime("us"))
    if times.options.format:
        return _from_dates_in(times, pattern_of(times.options.format))
    numbers = column.cast(pl.Float64, strict=False)
    if numbers.null_count() == column.null_count() and numbers.drop_nulls().is_finite().all():
        whole = column.cast(pl.Int64, strict=False)
        return _from_numbers(times.of(numbers if whole.count() < numbers.count() else whole))
    first = column.drop_nulls()[0]
    pattern = find_pattern(first)
    if pattern is not None:
        return _from_dates_in(times, pattern)
    # Where numbers come first, it is what comes behind them that can not be read.
    others = column.filter(numbers.is_null() & column.is_not_null())
    raise _unreadable(times, others[0] if len(others) else first)


def _from_dates_in(times: _Times, pattern: str) -> "pl.Series":
    """Read texts that are all in one notation; ``DataError`` for the first that is not."""
    column = times.column
    found, num_with = read_dates(column, pattern)
    is_wrong = found.is_null() & column.is_not_null()
    if is_wrong.any():
        raise _unreadable(times, column.filter(is_wrong)[0])
    for part, number in num_with.items():
        if 0 < number < column.count():
            raise _mixed(times, pattern, part)
    return _in_utc(found, times, has_zone=num_with["zone"] > 0)


def _in_utc(column: "pl.Series", times: _Times, *, has_zone: bool) -> "pl.Series":
    """Return moments by the clock of the zone that was said as moments of UTC."""
    zone = times.options.zone
    if not zone or not column.count():
        return column
    first = times.column.drop_nulls()[0]
    if has_zone:
        raise times.refused(str(first), ", which bears its own zone. Leave time_zone out.")
    local = column.dt.replace_time_zone(zone, ambiguous="null", non_existent="null")
    is_lost = local.is_null() & column.is_not_null()
    if is_lost.any():
        number = int(is_lost.sum())
        raise times.refused(
            str(times.column.filter(is_lost)[0]),
            f", which is twice or never on the clocks of {zone} ({number:,} such rows): they are "
            f"put forward or back there. Write the offset behind each time, as in "
            f"2024-03-05 15:12:00+09:00.",
        )
    return local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


# What can not be read.


def _mixed(times: _Times, pattern: str, part: str) -> DataError:
    """Return the error of a column of which some rows have a part and others lack it."""
    column = times.column.drop_nulls()
    groups = column.str.extract_groups(f"^(?:{pattern})$").struct.unnest()
    has = groups[part].is_not_null()
    if "half_behind" in groups.columns and part == "half":
        has |= groups["half_behind"].is_not_null()
    return times.refused(
        column.filter(has)[0],
        f" and {column.filter(~has)[0]!r}: {has.sum():,} of {len(column):,} have "
        f"{ALL_OR_NONE[part]}, the others have none, and nothing is made up. Write all of them "
        f"alike.",
    )


def _unreadable(times: _Times, value: str) -> DataError:
    """Return the error of a text that is no time, or could be several."""
    column, options = times.column, times.options
    if options.format:
        return times.refused(
            value, f", which is not written as time_format says: {options.format}."
        )
    first = column.drop_nulls()[0]
    if find_pattern(first) is not None:
        if find_pattern(value) == find_pattern(first):
            return times.refused(value, ": there is no such moment. Mend it.")
        return times.refused(value, f" and {first!r}, in two notations. Write all of them alike.")
    formats = [
        each
        for each in possible_formats(value)
        if read_dates(column, pattern_of(each)).moments.count() == column.count()
    ]
    if formats:
        listed = " or ".join(OPTION.format(each) for each in formats)
        return times.refused(
            value, f", a way to write that is read only when it is named: {listed}."
        )
    return times.refused(
        value,
        f". Times are numbers, or dates that are all written in one of these ways: {SHOWN}. "
        f"Another way is named: {OPTION.format('%d/%m/%Y %H:%M')}.",
    )

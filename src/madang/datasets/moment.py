"""A column of times, as numbers or as dates, turned into moments of UTC to the microsecond.

Numbers count a given unit from 1970; dates are ISO 8601, with a time zone or without.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from madang.errors import DataError

if TYPE_CHECKING:
    import polars as pl

TimeUnit = Literal["s", "ms", "us", "ns"]
UNITS_A_SECOND: dict[TimeUnit, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# Beyond this many seconds (the year 33,658) a number is no time, or one in another unit.
MOST_SECONDS = 10**12
# Numbers from here to there may be dates: year, month and day without anything between.
FIRST_DATE, LAST_DATE = 1900_01_01, 2100_12_31


def moments(column: "pl.Series", source: str, unit: TimeUnit) -> "pl.Series":
    """Return times as moments of UTC without a zone; what is missing stays missing.

    Raises ``DataError`` for what is neither a number nor a date, and for a number too large to
    count ``unit``.

    >>> import polars as pl
    >>> moments(pl.Series(["1970-01-02", None]), "a.csv", "s").dt.epoch("s").to_list()
    [86400, None]
    """
    import polars as pl

    if column.dtype == pl.String:
        column = _parsed(column, source)
    if column.dtype == pl.Date:
        return column.cast(pl.Datetime("us"))
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone:
            column = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
        return column.cast(pl.Datetime("us"))
    if not column.dtype.is_numeric():
        raise DataError(
            f"{source} has {column.dtype} in {column.name!r}. Times are numbers or dates: save "
            f"them so."
        )
    _refuse_dates(column, source)
    column = (
        column.fill_nan(None) if column.dtype.is_float() else column.cast(pl.Int64, strict=False)
    )
    is_too_much = column.abs() > float(MOST_SECONDS * UNITS_A_SECOND[unit])
    if is_too_much.any():
        raise DataError(
            f"{source} has {column.filter(is_too_much)[0]!r} in {column.name!r}, too much for a "
            f"time in {unit}. Say its unit: time_unit, one of {', '.join(UNITS_A_SECOND)}."
        )
    if unit == "ns":
        microseconds = column.cast(pl.Int64) // 1000
    else:
        microseconds = column * (10**6 // UNITS_A_SECOND[unit])
    return microseconds.cast(pl.Int64).cast(pl.Datetime("us"))


def _refuse_dates(column: "pl.Series", source: str) -> None:
    """Raise ``DataError`` where all numbers are dates without hyphens, which count nothing."""
    import polars as pl

    whole = column.drop_nulls().cast(pl.Int64, strict=False)
    if not len(whole) or not whole.is_between(FIRST_DATE, LAST_DATE).all():
        return
    if whole.cast(pl.String).str.to_date("%Y%m%d", strict=False).null_count():
        return
    year, rest = divmod(whole[0], 10_000)
    raise DataError(
        f"{source} has {whole[0]} in {column.name!r}: dates, it seems, and no numbers of seconds. "
        f"Write them with hyphens: {year}-{rest // 100:02}-{rest % 100:02}."
    )


def _parsed(column: "pl.Series", source: str) -> "pl.Series":
    """Return texts as whole numbers, decimals or dates, whichever all of them are."""
    import polars as pl

    num_missing = column.null_count()
    parsers: tuple[Callable[[pl.Series], pl.Series], ...] = (
        lambda texts: texts.cast(pl.Int64, strict=False),
        lambda texts: texts.cast(pl.Float64, strict=False),
        lambda texts: texts.str.to_datetime(time_unit="us", strict=False),
    )
    for parse in parsers:
        try:
            parsed = parse(column)
        except pl.exceptions.ComputeError:  # nothing in it looks like a date
            break
        if parsed.null_count() == num_missing:
            return parsed
    else:
        column = column.filter(parsed.is_null() & column.is_not_null())
    raise DataError(
        f"{source} has {column.drop_nulls()[0]!r} in {column.name!r}. Times are numbers or dates "
        f"such as 2026-01-31 09:00:00, all of one kind."
    )

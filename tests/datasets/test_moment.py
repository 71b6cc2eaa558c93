"""Times in every notation: what Python's datetime says of each, or a refusal that helps."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from madang.datasets.date_text import read_dates
from madang.datasets.moment import TimeOptions, moments
from madang.datasets.time_notation import find_pattern, pattern_of
from madang.errors import DataError, SettingError

Write = Callable[[datetime], str]
SECONDS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
    lambda each: each.replace(microsecond=0)
)


def read(*texts: object, **options: str) -> list[datetime | None]:
    """Return moments of a column of texts."""
    column = pl.Series("time", texts, dtype=pl.String)
    return moments(column, "a.csv", **options).to_list()  # type: ignore[arg-type]


def halves(moment: datetime, *, behind: bool = False) -> str:
    """Write a time of day with 오전 and 오후, or with AM and PM behind it."""
    hour, half = (moment.hour + 11) % 12 + 1, moment.hour // 12
    if behind:
        return f"{hour}:{moment:%M:%S} {('AM', 'PM')[half]}"
    return f"{('오전', '오후')[half]} {hour}:{moment:%M:%S}"


def day(moment: datetime, mark: str = "-") -> str:
    return mark.join((f"{moment.year:04}", f"{moment.month:02}", f"{moment.day:02}"))


def dotted(moment: datetime) -> str:
    return f"{moment.year:04}. {moment.month}. {moment.day}."


NOTATIONS: dict[str, Write] = {
    "ISO 8601": lambda each: each.isoformat(),
    "a space": lambda each: each.isoformat(" "),
    "Z": lambda each: each.isoformat() + "Z",
    "UTC": lambda each: each.isoformat(" ") + " UTC",
    "slashes": lambda each: f"{day(each, '/')} {each:%H:%M:%S}",
    "dots": lambda each: f"{dotted(each)} {each.hour}:{each:%M:%S}",
    "오전 and 오후": lambda each: f"{day(each)} {halves(each)}",
    "dots with 오전": lambda each: f"{dotted(each)} {halves(each)}",
    "AM and PM": lambda each: f"{day(each, '/')} {halves(each, behind=True)}",
    "년 월 일": lambda each: (
        f"{each.year:04}년 {each.month}월 {each.day}일 {each.hour}시 {each.minute}분 "
        f"{each.second}초"
    ),
    "ISO 8601 basic": lambda each: f"{day(each, '')}T{each:%H%M%S}",
    "basic UTC": lambda each: f"{day(each, '')}T{each:%H%M%S}Z",
}


@pytest.mark.parametrize("notation", NOTATIONS)
@given(found=st.lists(SECONDS, min_size=1))
@settings(max_examples=25, deadline=None)
def test_a_date_in_any_notation_is_the_moment_that_was_written(
    notation: str, found: list[datetime]
) -> None:
    assert read(*map(NOTATIONS[notation], found)) == found


@given(found=st.lists(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), min_size=1))
@settings(max_examples=50, deadline=None)
def test_fractions_of_any_precision_stand_in_one_column(found: list[datetime]) -> None:
    # isoformat writes no fraction where it is zero.
    assert read(*(each.isoformat(" ") for each in found)) == found
    assert read(*(each.isoformat(timespec="milliseconds") for each in found)) == [
        each.replace(microsecond=each.microsecond // 1000 * 1000) for each in found
    ]


@given(
    found=st.lists(
        st.tuples(
            st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)),
            st.integers(-14 * 60 + 1, 14 * 60 - 1),
        ),
        min_size=1,
    ),
    colon=st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_an_offset_is_what_datetime_takes_it_for(
    found: list[tuple[datetime, int]], colon: bool
) -> None:
    aware = [each.replace(tzinfo=timezone(timedelta(minutes=ahead))) for each, ahead in found]
    texts = [each.isoformat() for each in aware]
    if not colon:
        texts = [f"{text[:-6]}{text[-6:-3]}{text[-2:]}" for text in texts]
    assert read(*texts) == [each.astimezone(UTC).replace(tzinfo=None) for each in aware]


@pytest.mark.parametrize(
    "time_format",
    [
        "%m/%d/%y %H:%M:%S",
        "%d.%m.%Y %H:%M:%S.%f",
        "%d%m%Y%H%M%S",
        "%b %d, %Y %I:%M:%S %p",
        "%a %B %d %H:%M:%S %Y",
        "%S-%M-%H-%d-%m-%Y",
    ],
)
@given(found=st.lists(st.datetimes(datetime(1970, 1, 1), datetime(2068, 12, 31)), min_size=1))
@settings(max_examples=25, deadline=None)
def test_a_format_reads_what_strptime_reads(time_format: str, found: list[datetime]) -> None:
    texts = [each.strftime(time_format) for each in found]
    expected = [datetime.strptime(text, time_format) for text in texts]
    assert read(*texts, time_format=time_format) == expected


def test_every_day_of_four_centuries_exists_and_no_other() -> None:
    first, last = date(1896, 1, 1), date(2296, 1, 1)
    texts = [
        f"{year}-{month:02}-{number:02} 00:00:00.5"
        for year in range(first.year, last.year, 4)
        for month in range(1, 14)
        for number in range(33)
    ]
    column = pl.Series(texts)
    pattern = find_pattern(texts[0])
    assert pattern is not None
    for text, found in zip(texts, read_dates(column, pattern).moments, strict=True):
        try:
            expected = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")
        except ValueError:
            expected = None
        assert found == expected, text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-05 오전 12:05", datetime(2024, 3, 5, 0, 5)),
        ("2024-03-05 오후 12:05", datetime(2024, 3, 5, 12, 5)),
        ("2024. 3. 5. 15:12", datetime(2024, 3, 5, 15, 12)),
        ("2024.03.05 15:12", datetime(2024, 3, 5, 15, 12)),
        ("2024. 3. 5.", datetime(2024, 3, 5)),
        ("2024년 3월 5일 오후 3시 12분", datetime(2024, 3, 5, 15, 12)),
        ("2024년 3월 5일", datetime(2024, 3, 5)),
        ("2024-03-05 15:12:00 KST", datetime(2024, 3, 5, 6, 12)),
        ("2024-03-05T15:12:00,25+09", datetime(2024, 3, 5, 6, 12, 0, 250_000)),
        ("2024-03-05 15:12:00.123456789", datetime(2024, 3, 5, 15, 12, 0, 123_456)),
        ("20240305", datetime(2024, 3, 5)),
        ("202403051512", datetime(2024, 3, 5, 15, 12)),
        ("20240305151200", datetime(2024, 3, 5, 15, 12)),
        ("20240305.0", datetime(2024, 3, 5)),
        (" 2024-03-05 ", datetime(2024, 3, 5)),
        ("8.81250949e8", datetime(1997, 12, 4, 15, 55, 49)),
        ("881250948.5", datetime(1997, 12, 4, 15, 55, 48, 500_000)),
        ("-1", datetime(1969, 12, 31, 23, 59, 59)),
    ],
)
def test_what_people_have_is_read(text: str, expected: datetime) -> None:
    assert read(text) == [expected]
    assert read(None, text, "NaT", "", " NULL ") == [None, expected, None, None, None]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["1/12/10 8:26"], "%m/%d/%y %H:%M.*%d/%m/%y %H:%M"),
        (["12/1/2010 8:26"], "%m/%d/%Y %H:%M.*%d/%m/%Y %H:%M"),
        (["12/1/2010", "12/13/2010"], "--time_format '%m/%d/%Y'"),
        (["24. 3. 5. 오후 3:12"], "%y. %m. %d. %p %I:%M"),
        (["05 Mar 2024"], "%d %b %Y"),
        (["2024-03-05", "2024-03-05 10:00:00"], "1 of 2 have a time of day"),
        (["2024-03-05 10:00:00Z", "2024-03-05 10:00:00"], "1 of 2 have a time zone"),
        (["2024-03-05 오후 3:12", "2024-03-05 15:12"], "1 of 2 have 오전, 오후"),
        (["2024-03-05 10:00", "2024/03/05 10:00"], "in two notations"),
        (["1600000000", "2024-03-05 10:00"], "has '2024-03-05 10:00'"),
        (["2024-03-05 10:00", "1600000000"], "has '1600000000'"),
        (["2024-02-30 10:00"], "no such moment"),
        (["2024-02-30"], "no such moment"),
        (["2024-03-05 24:00:00"], "no such moment"),
        (["2024-03-05 10:00:60"], "no such moment"),
        (["2024-03-05 오후 15:12"], "no such moment"),
        (["2024-03-05 10:00:00+15:00"], "no such moment"),
        (["2024-03-05 10:00:00 CST"], "Times are numbers, or dates"),
        (["gestern"], "Times are numbers, or dates"),
        (["inf"], "Times are numbers, or dates"),
        (["1433221332117"], "in ms it is 2015-06-02.*--time_unit ms"),
        (["881250949000"], "in ms it is 1997-12-04.*--time_unit ms"),
        (["1433221332117000000"], "in ns it is 2015-06-02.*--time_unit ns"),
        (["9" * 30], "too much for a time in s"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_what_settles_it(
    texts: list[str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(*texts)


def test_the_format_that_is_advised_reads_the_column() -> None:
    texts = ["12/1/2010 8:26", "12/13/2010 8:28"]
    with pytest.raises(DataError) as error:
        read(*texts)
    (advised,) = {each.split("'")[0] for each in str(error.value).split("--time_format '")[1:]}
    assert read(*texts, time_format=advised) == [
        datetime(2010, 12, 1, 8, 26),
        datetime(2010, 12, 13, 8, 28),
    ]
    with pytest.raises(DataError, match=r"'12/13/2010 8:28'.*not written as time_format says"):
        read(*texts, time_format="%d/%m/%Y %H:%M")


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_seconds_are_not_taken_for_a_finer_unit(unit: str) -> None:
    with pytest.raises(DataError, match=r"too little.*in s it is 2020-09-13.*--time_unit s"):
        read("1600000000", unit=unit)
    # Numbers that only count are the same in any unit.
    assert read("1", "2", unit=unit)[0] is not None


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_numbers_are_exact_to_the_microsecond(unit: str) -> None:
    draw = random.Random(0)
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    numbers = [draw.randrange(10**9 * per_second, 2 * 10**9 * per_second) for _ in range(2000)]
    epoch = datetime(1970, 1, 1)
    expected = [epoch + timedelta(microseconds=each * 10**6 // per_second) for each in numbers]
    assert read(*map(str, numbers), unit=unit) == expected
    whole = pl.Series("time", numbers)
    assert moments(whole, "a.parquet", unit).to_list() == expected  # type: ignore[arg-type]


def test_decimals_of_seconds_are_exact_to_the_microsecond() -> None:
    draw = random.Random(1)
    found = [draw.randrange(10**15, 2 * 10**15) for _ in range(5000)]
    texts = [f"{each // 10**6}.{each % 10**6:06}" for each in found]
    assert read(*texts) == [datetime(1970, 1, 1) + timedelta(microseconds=each) for each in found]


def test_numbers_of_a_day_that_is_none_are_seconds() -> None:
    assert read("20260131", "20259901") == [
        datetime(1970, 1, 1) + timedelta(seconds=each) for each in (20260131, 20259901)
    ]


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Berlin", "America/New_York"])
def test_dates_are_read_by_the_clock_of_a_zone(zone: str) -> None:
    clock = datetime(2024, 1, 1, 12)
    days = [clock + timedelta(days=each) for each in range(366)]
    expected = [
        each.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for each in days
    ]
    assert read(*(each.isoformat(" ") for each in days), zone=zone) == expected
    assert read(*(dotted(each) + f" {each:%H:%M}" for each in days), zone=zone) == expected


@pytest.mark.parametrize("hour", ["2024-10-27 02:30:00", "2024-03-31 02:30:00"])
def test_an_hour_that_is_twice_or_never_on_the_clock_is_refused(hour: str) -> None:
    with pytest.raises(DataError, match=r"twice or never on the clocks of Europe/Berlin"):
        read("2024-01-01 00:00:00", hour, zone="Europe/Berlin")
    assert len(read(hour + "+01:00")) == 1


@pytest.mark.parametrize("text", ["2024-03-05 10:00:00Z", "1600000000"])
def test_a_zone_is_refused_where_it_says_nothing(text: str) -> None:
    with pytest.raises(DataError, match="Leave time_zone out"):
        read(text, zone="Asia/Seoul")


@pytest.mark.parametrize(
    ("time_format", "message"),
    [
        ("%Q", "%Q is no directive"),
        ("%Y-%m", "must name the day once"),
        ("%Y %y %m %d", "must name the year once"),
        ("%Y-%m-%d %I:%M", "%p with %I"),
        ("%Y-%m-%d %H:%M:%S %S", "%S stands twice"),
        ("%Y-%m-%d %M", "%H with %M"),
    ],
)
def test_a_format_that_leaves_a_moment_open_is_refused(time_format: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        pattern_of(time_format)
    with pytest.raises(SettingError, match=message):
        TimeOptions(format=time_format)


def test_a_zone_that_is_nowhere_is_refused() -> None:
    with pytest.raises(SettingError, match="Asia/Soul"):
        TimeOptions(zone="Asia/Soul")


def test_typed_columns_say_the_same_as_texts() -> None:
    found = [datetime(2024, 3, 5, 1, 2, 3, 4), None]
    aware = pl.Series("time", found).dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Seoul")
    assert moments(aware, "a.parquet").to_list() == found
    assert moments(pl.Series("time", found), "a.parquet").to_list() == found
    nanoseconds = pl.Series("time", found).cast(pl.Datetime("ns"))
    assert moments(nanoseconds, "a.parquet").to_list() == found
    days = pl.Series("time", [date(2024, 3, 5)])
    assert moments(days, "a.parquet").to_list() == [datetime(2024, 3, 5)]
    with pytest.raises(DataError, match="Leave time_format out"):
        moments(days, "a.parquet", time_format="%Y-%m-%d")
    floats = pl.Series("time", [20240305.0, float("nan")])
    assert moments(floats, "a.parquet").to_list() == [datetime(2024, 3, 5), None]
    assert moments(pl.Series("time", [120324]), "a.parquet", time_format="%d%m%y").to_list() == [
        datetime(2024, 3, 12)
    ]
    with pytest.raises(DataError, match="Times are numbers or dates"):
        moments(pl.Series("time", [[1]]), "a.parquet")


def test_a_column_longer_than_what_is_read_at_once_is_read_whole() -> None:
    days = [datetime(2000, 1, 1) + timedelta(minutes=each) for each in range(600_000)]
    texts = pl.Series("time", days).dt.strftime("%Y. %-m. %-d. %H:%M")
    assert moments(texts, "a.csv").to_list() == days

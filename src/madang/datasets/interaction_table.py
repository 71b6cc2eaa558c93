"""Tables of interactions from any CSV or Parquet file, as one frame of three columns.

The frame has ``user`` and ``item``, ids as texts just as they stand in the file, and ``time``, a
moment without a zone (UTC), absent where only the order of the rows is known. Rows keep the order
of the file. Everything is a column at a time: there is no loop over rows.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from madang.datasets.card import Interaction
from madang.datasets.folder import DataFolder
from madang.datasets.moment import TimeUnit, moments
from madang.errors import DataError, SettingError

if TYPE_CHECKING:
    import polars as pl

Repair = Literal["error", "drop"]
StrangeTimes = Literal["error", "drop", "keep"]
SUFFIXES = (".csv", ".csv.gz", ".tsv", ".parquet")
# What is wrong with a row, and what to do about it.
REASONS = {
    "missing values": (
        "lack a user, an item or a time",
        "Mend the file, or drop these rows: missing='drop'",
    ),
    "strange times": (
        "have a time before 1970 or after now",
        "Say the unit of the numbers (time_unit='ms'), or what becomes of these rows: "
        "strange_times='drop' or 'keep'",
    ),
}


def is_table(name_or_path: str) -> bool:
    """Say whether a name is that of a file, and not of a data set.

    >>> is_table("views.parquet"), is_table("ml-1m")
    (True, False)
    """
    return name_or_path.endswith(SUFFIXES)


def read_table(
    path: Path,
    *,
    user: str,
    item: str,
    time: str | None,
    time_unit: TimeUnit = "s",
    only: "pl.Expr | None" = None,
) -> "pl.DataFrame":
    """Read the three columns of those names; a number in ``time`` counts ``time_unit``.

    Of a file that is larger than memory, ``only`` chooses the rows.

    Raises ``DataError`` for a file that is missing, of another kind or without the columns, and
    for a time that is neither a number nor a date.
    """
    import polars as pl

    check_choice("time_unit", time_unit, get_args(TimeUnit))
    frame = _read_columns(Path(path), [user, item, *([time] if time else [])], only)
    columns = [_ids(frame[user], path).alias("user"), _ids(frame[item], path).alias("item")]
    if time is not None:
        columns.append(moments(frame[time], str(path), time_unit).alias("time"))
    return pl.DataFrame(columns)


def clean(
    frame: "pl.DataFrame", source: str, *, missing: Repair, strange_times: StrangeTimes
) -> tuple["pl.DataFrame", dict[str, int]]:
    """Refuse or drop rows that lack a value, and times before 1970 or after now.

    Return what is left and how many rows each reason took. Raises ``DataError`` where rows are to
    be refused, or none is left.
    """
    frame, taken = take_out(frame, source, missing=missing, strange_times=strange_times)
    if not frame.height:
        raise DataError(f"{source} holds no interactions. Give a file with at least one row.")
    return frame, taken


def take_out(
    frame: "pl.DataFrame", source: str, *, missing: Repair, strange_times: StrangeTimes
) -> tuple["pl.DataFrame", dict[str, int]]:
    """Do what ``clean`` does with a part of a file, of which nothing needs to be left."""
    import polars as pl

    check_choice("missing", missing, get_args(Repair))
    check_choice("strange_times", strange_times, get_args(StrangeTimes))
    has_times = "time" in frame.columns
    lacks = (pl.col("user").is_null() | (pl.col("user") == "")) | (
        pl.col("item").is_null() | (pl.col("item") == "")
    )
    lacks = lacks | pl.col("time").is_null() if has_times else lacks
    wrong = {"missing values": frame.select(wrong=lacks)["wrong"]}
    if has_times and strange_times != "keep":
        now = datetime.now(UTC).replace(tzinfo=None)
        is_strange = ~pl.col("time").is_between(datetime(1970, 1, 1), now)
        wrong["strange times"] = frame.select(wrong=is_strange.fill_null(False))["wrong"]
    for reason, is_wrong in wrong.items():
        if is_wrong.any() and (missing if reason == "missing values" else strange_times) == "error":
            what, remedy = REASONS[reason]
            raise DataError(
                f"{is_wrong.sum():,} of the {frame.height:,} rows of {source} {what}; the first is "
                f"row {is_wrong.arg_true()[0] + 1:,}. {remedy}."
            )
    taken = {reason: int(is_wrong.sum()) for reason, is_wrong in wrong.items() if is_wrong.any()}
    if taken:
        frame = frame.filter(~pl.any_horizontal(*wrong.values()))
    return frame, taken


def rows_of(
    table: Callable[[DataFolder, str], "pl.DataFrame"],
) -> Callable[[DataFolder, str], Iterator[Interaction]]:
    """Return a reader that yields the rows of a data set's table one by one."""

    def read(folder: DataFolder, split: str) -> Iterator[Interaction]:
        frame = table(folder, split)
        if "time" in frame.columns:
            frame = frame.with_columns(frame["time"].dt.epoch("s"))
        for row in frame.iter_rows():
            yield Interaction(*row)

    return read


def table_of_pairs(content: bytes) -> "pl.DataFrame":
    """Return the table of a file with one ``user item`` a line, in time order.

    >>> table_of_pairs(b"1 5\\n1 7\\n").rows()
    [('1', '5'), ('1', '7')]
    """
    import polars as pl

    return pl.read_csv(
        content,
        separator=" ",
        has_header=False,
        new_columns=["user", "item"],
        schema_overrides=[pl.String, pl.String],
    )


def table_of_histories(content: bytes) -> "pl.DataFrame":
    """Return the table of a file with one ``user item item …`` a line, in time order.

    >>> table_of_histories(b"1 5 7\\n2 5\\n").rows()
    [('1', '5'), ('1', '7'), ('2', '5')]
    """
    import polars as pl

    words = pl.Series("item", content.decode().splitlines()).str.split(" ").to_frame()
    return words.select(
        user=pl.col("item").list.first(), item=pl.col("item").list.slice(1)
    ).explode("item")


def check_choice(name: str, given: str, allowed: tuple[str, ...]) -> None:
    """Raise ``SettingError`` for a word that is not allowed."""
    if given not in allowed:
        raise SettingError(f"{name} is {given!r}; allowed are {', '.join(allowed)}.")


def count_rows(path: Path) -> int:
    """Return the number of rows of a file without keeping any.

    Raises ``DataError`` for a file that is missing or of another kind.
    """
    import polars as pl

    return int(_collect(_scan(path).select(pl.len()), path).item())


def _scan(path: Path) -> "pl.LazyFrame":
    import polars as pl

    if not is_table(path.name):
        raise DataError(f"{path} is no {', '.join(SUFFIXES)}. Save it as one of these.")
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    # As texts, so that the id 007 stays 007; what is not asked for is not read.
    separator = "\t" if path.suffix == ".tsv" else ","
    return pl.scan_csv(path, separator=separator, infer_schema=False)


def _collect(lazy: "pl.LazyFrame", path: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        return lazy.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} can not be read as a table ({reason}). Check the file.") from error


def _read_columns(path: Path, names: list[str], only: "pl.Expr | None") -> "pl.DataFrame":
    import polars as pl

    lazy = _scan(path)
    try:
        found = lazy.collect_schema().names()
        lacking = [name for name in names if name not in found]
        if lacking:
            raise DataError(
                f"{path} has the columns {', '.join(found)}; it lacks {', '.join(lacking)}. Name "
                f"them: user=…, item=…, time=… (None where the rows are in order already)."
            )
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} can not be read as a table ({reason}). Check the file.") from error
    chosen = lazy if only is None else lazy.filter(only)
    return _collect(chosen.select(*dict.fromkeys(names)), path)


def _ids(column: "pl.Series", path: Path) -> "pl.Series":
    """Return ids as texts; whole numbers that a missing one made decimals are whole again."""
    import polars as pl

    if column.dtype.is_float():
        whole = column.fill_nan(None).cast(pl.Int64, strict=False)
        if (whole != column).any():
            raise DataError(
                f"{path} has decimals for ids in {column.name!r}. Ids are texts or whole numbers."
            )
        column = whole
    if column.dtype.is_nested():
        raise DataError(f"{path} has lists for ids in {column.name!r}: give one id a row.")
    return column.cast(pl.String)

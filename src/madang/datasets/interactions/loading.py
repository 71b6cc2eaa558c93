"""Load interactions: columns of a table, ids as texts, times as moments, and rows without faults.

Everything is a column at a time: there is no loop over rows. What is left out is counted by reason.
"""

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from madang.datasets import registry
from madang.datasets.folder import DataFolder
from madang.datasets.interactions import identity
from madang.datasets.interactions.condition import check_conditions, fitting, parse_conditions
from madang.datasets.interactions.history import Interactions, number
from madang.datasets.moment import moments
from madang.datasets.table.frame import collect, scan_table
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import LAYOUT, open_table
from madang.errors import DataError

if TYPE_CHECKING:
    from madang.datasets.interactions.reading import RowReading

# What is wrong with a row, and what to do about it.
REASONS = {
    "missing values": (
        "lack a user, an item or a time, or have a word such as NaN for one",
        'Mend the file, or drop these rows: --missing drop (in a recipe: missing = "drop")',
    ),
    "strange times": (
        "have a time before 1970 or after now",
        "Say the unit of the numbers (--time_unit), the clock of the dates (--time_zone "
        "Asia/Seoul), or what becomes of these rows: --strange_times drop or keep",
    ),
}
ROW = "row number"
ONLY = "Name one of them in only."


def load_dataset(name: str, reading: "RowReading") -> Interactions:
    """Load the interactions of a data set by its name.

    Raises ``SettingError`` for an unknown name, ``DataError`` for rows that are no interactions.
    """
    card = registry.find_card(name)
    if card.table is None:
        named = ", ".join(each.name for each in registry.CARDS.values() if each.table is not None)
        raise DataError(f"The rows of {name} are no interactions. Choose one of {named}.")
    frame, dropped = clean(
        card.table(DataFolder(card.folder), next(iter(card.splits))), name, reading
    )
    return _numbered(frame, dropped)


def load_file(path: Path, reading: "RowReading") -> Interactions:
    """Load the interactions of a table.

    Raises ``DataError`` for a file that is missing, no table or without the columns, and for rows
    that are no interactions.
    """
    _, num_left_out = count_rows(path, reading)
    frame, dropped = clean(read_rows(path, reading), str(path), reading)
    return _numbered(frame, {"not fitting only": num_left_out, **dropped})


def _numbered(frame: pl.DataFrame, dropped: Mapping[str, int]) -> Interactions:
    found = number(frame)
    return dataclasses.replace(
        found,
        dropped={reason: count for reason, count in dropped.items() if count},
        noticed={**found.noticed, **identity.odd_ids(found)},
    )


def scan(
    path: Path, layout: Layout, columns: Mapping[str, str], *, within: str = ""
) -> pl.LazyFrame:
    """Return a table as a lazy frame, after a look whether it has the columns, by their roles.

    ``within`` is where in a recipe the columns are named.

    Raises ``DataError`` for a file that is missing, no table, or lacks a column.
    """
    wanted = tuple(columns.values())
    with open_table(path, layout, wanted=wanted) as table:
        for role, name in columns.items():
            key = within + role
            advice = f"Say which holds the {role}: --{key} NAME (in a recipe: {key})."
            table.position(name, advice=ONLY if role.startswith("only") else advice)
    return scan_table(path, layout, wanted)


def _scan_interactions(path: Path, reading: "RowReading") -> pl.LazyFrame:
    conditions = parse_conditions(reading.only)
    filters = {f"only {number}": each.column for number, each in enumerate(conditions)}
    return scan(path, reading.layout, {**reading.columns, **filters})


def count_rows(path: Path, reading: "RowReading") -> tuple[int, int]:
    """Return how many rows of a table are read, and how many are left out by ``only``.

    Raises as ``scan`` does, and where ``only`` can not be right.
    """
    lazy = _scan_interactions(path, reading)
    if not reading.only:
        return int(collect(lazy.select(pl.len()), path, reading.layout).item()), 0
    num_rows, num_fitting = check_conditions(
        parse_conditions(reading.only), lazy, path, reading.layout
    )
    return num_fitting, num_rows - num_fitting


def read_rows(path: Path, reading: "RowReading", *, part: pl.Expr | None = None) -> pl.DataFrame:
    """Return the rows of a table: user and item as texts and, with a time, the moment.

    Of a file that is larger than memory, ``part`` chooses rows; where any are left out, a column
    says the number of each. Raises ``DataError`` as ``scan`` does, for ids that are none, and for
    times that are none or can be read in two ways.
    """
    lazy = _scan_interactions(path, reading)
    chosen = [] if part is None else [part]
    if reading.only:
        chosen.append(fitting(parse_conditions(reading.only), lazy.collect_schema()))
    names = dict.fromkeys(reading.columns.values())
    if chosen:
        lazy = lazy.with_row_index(ROW, offset=1).filter(*chosen)
        names[ROW] = None
    frame = collect(lazy.select(*names), path, reading.layout)
    columns = [
        identity.as_ids(frame[name], path).alias(role)
        for role, name in reading.columns.items()
        if role != "time"
    ]
    if reading.time:
        found = moments(
            frame[reading.time],
            str(path),
            reading.time_unit,
            time_format=reading.time_format,
            zone=reading.time_zone,
        )
        columns.append(found.alias("time"))
    return pl.DataFrame([*columns, *([frame[ROW]] if chosen else [])])


def clean(
    frame: pl.DataFrame, source: str, reading: "RowReading", *, may_be_empty: bool = False
) -> tuple[pl.DataFrame, dict[str, int]]:
    """Refuse or drop rows that lack a value, and times before 1970 or after now.

    Return what is left and how many rows each reason took; rows without any value are no rows.
    Raises ``DataError`` where rows are to be refused, or none is left, unless ``may_be_empty``: a
    part of a file may.
    """
    wrong = {"missing values": identity.is_missing(frame["user"])}
    wrong["missing values"] |= identity.is_missing(frame["item"])
    has_times = "time" in frame.columns
    if has_times:
        wrong["missing values"] |= frame["time"].is_null()
    taken = {}
    if wrong["missing values"].any():
        is_empty = identity.is_blank(frame["user"]) & identity.is_blank(frame["item"])
        if has_times:
            is_empty &= frame["time"].is_null()
        wrong["missing values"] &= ~is_empty
        taken = {"having no values": is_empty}
    if has_times and reading.strange_times != "keep":
        now = datetime.now(UTC).replace(tzinfo=None)
        is_strange = ~frame["time"].is_between(datetime(1970, 1, 1), now)
        wrong["strange times"] = is_strange.fill_null(False)
    choices = {"missing values": reading.missing, "strange times": reading.strange_times}
    for reason, is_wrong in wrong.items():
        if is_wrong.any() and choices[reason] == "error":
            raise _refused(frame, is_wrong, source, reason)
    taken |= wrong
    if any(each.any() for each in taken.values()):
        frame = frame.filter(~pl.DataFrame(taken).select(pl.any_horizontal(pl.all())).to_series())
    if not (frame.height or may_be_empty):
        raise DataError(f"{source} holds no interactions. Give a file with at least one row.")
    return frame, {reason: int(each.sum()) for reason, each in taken.items() if each.any()}


def _refused(frame: pl.DataFrame, is_wrong: pl.Series, source: str, reason: str) -> DataError:
    """Return the error of wrong rows, which shows the first."""
    what, remedy = REASONS[reason]
    place = int(is_wrong.arg_true()[0])
    first = frame.row(place, named=True)
    row = first.pop(ROW, place + 1)
    cells = ", ".join(f"{name} {_shown(value)}" for name, value in first.items())
    return DataError(
        f"{is_wrong.sum():,} of the {frame.height:,} rows of {source} {what}; the first is row "
        f"{row:,}: {cells}. {remedy}."
    )


def _shown(value: object) -> str:
    if value is None:
        return "missing"
    return str(value) if isinstance(value, datetime) else repr(value)


def read_columns(path: Path, columns: Mapping[str, str], *, within: str) -> pl.DataFrame:
    """Return columns of a table of one's own as texts, by their roles; raises as ``scan`` does."""
    lazy = scan(path, LAYOUT, columns, within=within)
    frame = collect(lazy.select(*dict.fromkeys(columns.values())), path)
    return pl.DataFrame(
        [identity.as_ids(frame[name], path).alias(role) for role, name in columns.items()]
    )

"""Conditions on the rows of a file, such as ``event=purchase``: which of them are read.

Several values of one column are alternatives, and everything else has to hold as well. A condition
that no row could ever tell from its opposite, because the value never occurs, is an error.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from madang.datasets.table.layout import Layout
from madang.errors import DataError, SettingError
from madang.suggestion import did_you_mean

if TYPE_CHECKING:
    import polars as pl

SIGNS = ("=", "!=", ">=", "<=", ">", "<")
WRITTEN = re.compile(r"\s*(?P<column>.*?[^<>=!\s])\s*(?P<sign>>=|<=|!=|=|>|<)\s*(?P<value>[^=].*|)")
NUMBER = r"[+-]?[0-9]+(\.[0-9]+)?"
# 4,5 is a number of many countries; 4,500 is another one in each of two.
DECIMAL_COMMA = r"^([+-]?[0-9]+),([0-9]{1,2}|[0-9]{4,})$"
MOST_NAMED = 10


class Condition(NamedTuple):
    """What a cell of a column is compared with, and how."""

    column: str
    sign: str
    value: str

    @property
    def is_of_numbers(self) -> bool:
        """Whether cells are compared as numbers, not as texts."""
        return self.sign not in ("=", "!=")


def parse_conditions(only: Iterable[str]) -> list[Condition]:
    """Return conditions as they are written; ``SettingError`` for what is none.

    >>> parse_conditions(["event = purchase", "rating>=4"])
    [Condition(column='event', sign='=', value='purchase'), \
Condition(column='rating', sign='>=', value='4')]
    """
    return [_parse(each) for each in only]


def _parse(text: str) -> Condition:
    found = WRITTEN.fullmatch(text)
    if found is None:
        raise SettingError(
            f"only is {text!r}; it is a column, one of {' '.join(SIGNS)} and a value: "
            f"event=purchase, or rating>=4 in quotes on a command line."
        )
    condition = Condition(found["column"], found["sign"], found["value"].strip())
    if condition.is_of_numbers and not re.fullmatch(NUMBER, condition.value):
        raise SettingError(
            f"only is {text!r}; {condition.sign} compares numbers, and {condition.value!r} is "
            f"none. Give a number, or = and a text."
        )
    return condition


def fitting(conditions: Sequence[Condition], schema: "pl.Schema") -> "pl.Expr":
    """Return which rows fit all conditions; values that a column may have are alternatives."""
    import polars as pl

    allowed: dict[str, list[str]] = {}
    parts = []
    for condition in conditions:
        if condition.sign == "=":
            allowed.setdefault(condition.column, []).append(condition.value)
        elif condition.sign == "!=":
            parts.append(_text(condition, schema) != condition.value)
        else:
            parts.append(_compared(condition, schema).fill_null(False))
    parts += [
        cell_text(column, schema).is_in(values, nulls_equal=False)
        for column, values in allowed.items()
    ]
    return pl.all_horizontal(parts)


def cell_text(column: str, schema: "pl.Schema") -> "pl.Expr":
    """Return the cells of a column as CSV would hold them, absent ones as ""."""
    import polars as pl

    cell = pl.col(column)
    if schema[column] == pl.Boolean:
        cell = pl.when(cell).then(pl.lit("True")).when(~cell).then(pl.lit("False"))
    return cell.cast(pl.String).fill_null("")


def _text(condition: Condition, schema: "pl.Schema") -> "pl.Expr":
    return cell_text(condition.column, schema)


def _number(condition: Condition, schema: "pl.Schema") -> "pl.Expr":
    import polars as pl

    text = _text(condition, schema).str.strip_chars().str.replace(DECIMAL_COMMA, "$1.$2")
    return text.cast(pl.Float64, strict=False)


def _compared(condition: Condition, schema: "pl.Schema") -> "pl.Expr":
    number, value = _number(condition, schema), float(condition.value)
    return {
        ">=": number >= value,
        "<=": number <= value,
        ">": number > value,
        "<": number < value,
    }[condition.sign]


def check_conditions(
    conditions: Sequence[Condition], lazy: "pl.LazyFrame", path: Path, layout: Layout
) -> tuple[int, int]:
    """Return how many rows there are and how many fit; see that each condition means something.

    Raises ``DataError`` for a value that never occurs, a cell that is no number, and where no row
    fits.
    """
    import polars as pl

    from madang.datasets.table.frame import collect

    schema = lazy.collect_schema()
    faults = {str(number): _fault(each, schema) for number, each in enumerate(conditions)}
    counts = collect(
        lazy.select(
            pl.len().alias("rows"), fitting(conditions, schema).sum().alias("fit"), **faults
        ),
        path,
        layout,
    ).row(0, named=True)
    for number, condition in enumerate(conditions):
        if condition.is_of_numbers and counts[str(number)]:
            raise _no_number(condition, lazy, path)
        if not condition.is_of_numbers and not counts[str(number)]:
            raise _never(condition, lazy, path)
    if not counts["fit"]:
        listed = ", ".join("".join(each) for each in conditions)
        raise DataError(f"None of the {counts['rows']:,} rows of {path} fits {listed}. Ask less.")
    return counts["rows"], counts["fit"]


def _fault(condition: Condition, schema: "pl.Schema") -> "pl.Expr":
    """Return how many cells are no numbers, or how many have the value."""
    text = _text(condition, schema)
    if not condition.is_of_numbers:
        return (text == condition.value).sum()
    return (_number(condition, schema).is_null() & (text.str.strip_chars() != "")).sum()


def _no_number(condition: Condition, lazy: "pl.LazyFrame", path: Path) -> DataError:
    from madang.datasets.table.frame import collect

    schema = lazy.collect_schema()
    text = _text(condition, schema)
    is_wrong = _number(condition, schema).is_null() & (text.str.strip_chars() != "")
    first = collect(lazy.filter(is_wrong).select(text.alias("text")).head(1), path).item()
    return DataError(
        f"{path} has {first!r} in {condition.column!r}, which is no number and can not be compared "
        f"with {condition.value}. Write numbers as 4.5, or give the values with =."
    )


def _never(condition: Condition, lazy: "pl.LazyFrame", path: Path) -> DataError:
    import polars as pl

    from madang.datasets.table.frame import collect

    text = _text(condition, lazy.collect_schema()).alias("text")
    found = collect(lazy.select(text).group_by("text").len(), path)
    found = found.sort(pl.col("len"), pl.col("text"), descending=[True, False])
    named = [f"{value!r} ({number:,})" for value, number in found.head(MOST_NAMED).rows()]
    more = found.height - len(named)
    listed = ", ".join(named) + (f" and {more:,} others" if more > 0 else "")
    hint = did_you_mean(condition.value, found["text"].head(1000).to_list(), otherwise="")
    never = f"{condition.column!r} of {path} is never {condition.value!r}; it is {listed}."
    return DataError(f"{never} {hint}".rstrip())

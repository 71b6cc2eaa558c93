"""Ids of people and items: texts as they stand in the file, to the sign.

007, 7, 7.0 and " 7" are four ids. A number of Parquet or JSON is the text that CSV would hold for
it: 7.0 is "7.0", in whatever file. What looks damaged is kept, counted and said.
"""

import re
from pathlib import Path

import polars as pl

from madang.datasets.interactions.history import Interactions
from madang.datasets.table.reader import MISSING
from madang.errors import DataError

BLANK = r"^\s*$"
# What ``reader.is_missing`` says of one cell, of a column.
NOTHING = rf"^\s*(?i:{'|'.join(map(re.escape, sorted(MISSING)))})?\s*$"
ODD = {
    # Excel keeps 15 digits of a number and shows it so; a float keeps some 16.
    "shortened ids": r"^[0-9](\.[0-9]+)?[eE]\+?[0-9]+$|^[0-9]{16,}\.0$",
    "ids in blanks": r"^\s|\s$",
}


def as_ids(column: pl.Series, path: Path) -> pl.Series:
    """Return ids as texts, such as CSV would hold; ``DataError`` for what is no single value."""
    if column.dtype.is_nested() or column.dtype in (pl.Binary, pl.Object):
        raise DataError(
            f"{path} has {column.dtype} for ids in {column.name!r}: give one id a row, as a text."
        )
    if column.dtype == pl.Boolean:
        return column.cast(pl.String).str.to_titlecase()
    if column.dtype.is_float():
        column = column.fill_nan(None)
    return column.cast(pl.String)


def is_missing(ids: pl.Series) -> pl.Series:
    """Say of each id whether it is none: absent, blank, or a word that programs write for it."""
    return ids.str.contains(NOTHING).fill_null(True)


def is_blank(ids: pl.Series) -> pl.Series:
    """Say of each id whether there is nothing at its place."""
    return ids.str.contains(BLANK).fill_null(True)


def odd_ids(interactions: Interactions) -> dict[str, int]:
    """Return how many interactions have an id that looks damaged, by what is odd about it."""
    found = {}
    for reason, pattern in ODD.items():
        user_U, item_I = (
            ids.str.contains(pattern).to_numpy()
            for ids in (interactions.user_ids, interactions.item_ids)
        )
        if user_U.any() or item_I.any():
            is_odd = user_U[interactions.users] | item_I[interactions.items]
            found[reason] = int(is_odd.sum())
    return found

"""Read interactions: of a data set by its name, or of any CSV or Parquet file.

``history`` says what interactions are, ``interaction_table`` how a file is read, ``holdout`` what
is held out of them.
"""

import dataclasses
from pathlib import Path
from typing import Literal, get_args

import polars as pl

from madang.datasets import registry
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import (
    SUFFIXES,
    Repair,
    StrangeTimes,
    check_choice,
    clean,
    is_table,
    read_table,
)
from madang.datasets.interactions.history import Interactions, number
from madang.datasets.interactions.interaction_filter import drop_duplicates, k_core
from madang.datasets.moment import TimeUnit
from madang.errors import DataError, SettingError

Duplicates = Literal["keep", "first", "last"]


def read_interactions(
    name_or_path: str,
    *,
    user: str = "user",
    item: str = "item",
    time: str | None = "time",
    time_unit: TimeUnit = "s",
    missing: Repair = "error",
    strange_times: StrangeTimes = "error",
    duplicates: Duplicates = "keep",
    core: int = 1,
) -> Interactions:
    """Read a data set by its name, or any CSV or Parquet file with a row an interaction.

    ``user``, ``item`` and ``time`` name a file's columns; without a time (None) the rows are in
    order. ``missing`` values and ``strange_times`` (before 1970, after now) are errors unless they
    are dropped. ``duplicates``: of one person's interactions with one item, keep all, the first or
    the last. ``core``: keep only people and items with at least so many interactions among each
    other.

    Raises ``SettingError`` for an unknown name or setting, ``DataError`` for data that is missing
    or malformed.
    """
    check_choice("duplicates", duplicates, get_args(Duplicates))
    if is_table(name_or_path):
        path = Path(name_or_path)
        frame = read_table(path, user=user, item=item, time=time, time_unit=time_unit)
    else:
        check_columns(name_or_path, user, item, time, time_unit)
        frame = _read_dataset(name_or_path)
    frame, taken = clean(frame, name_or_path, missing=missing, strange_times=strange_times)
    interactions = dataclasses.replace(number(frame), dropped=taken)
    if duplicates != "keep":
        interactions = drop_duplicates(interactions, kept=duplicates)
    return k_core(interactions, k=core) if core > 1 else interactions


def check_columns(name: str, user: str, item: str, time: str | None, time_unit: str) -> None:
    """Refuse to be told the columns of a data set with ``SettingError``."""
    if (user, item, time, time_unit) != ("user", "item", "time", "s"):
        raise SettingError(
            f"The columns of {name} are known; user, item, time and time_unit name those of a file "
            f"of one's own, whose name ends in {', '.join(SUFFIXES)}. Leave them out."
        )


def _read_dataset(name: str) -> pl.DataFrame:
    card = registry.find_card(name)
    if card.table is None:
        named = ", ".join(each.name for each in registry.CARDS.values() if each.table is not None)
        raise DataError(f"The rows of {name} are no interactions. Choose one of {named}.")
    return card.table(DataFolder(card.folder), next(iter(card.splits)))

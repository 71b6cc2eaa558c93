"""How interactions are read: of a data set by its name, or of any table with a row for each.

What a person may say stands here and needs no polars; ``loading`` does it. ``history`` says what
interactions are, ``holdout`` what is held out of them.
"""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from madang.datasets.interactions.condition import parse_conditions
from madang.datasets.moment import TimeOptions, TimeUnit
from madang.datasets.table.layout import Layout
from madang.datasets.table.reader import is_path
from madang.errors import SettingError

if TYPE_CHECKING:
    from madang.datasets.interactions.history import Interactions

Repair = Literal["error", "drop"]
StrangeTimes = Literal["error", "drop", "keep"]
Duplicates = Literal["keep", "first", "last"]
# What is said of the rows of any data, and not of the columns of a file.
RULES = ("missing", "strange_times")


@dataclasses.dataclass(frozen=True, kw_only=True)
class RowReading(Layout):
    """How the rows of a table are read, whose layout is said as that of any other.

    ``user``, ``item`` and ``time`` name columns; without a time ("") the rows are in order.
    ``time_unit`` is what numbers in it count, ``time_format`` how dates are written that can be
    read in two ways, ``time_zone`` whose clock dates without an offset were read from ("": UTC).
    ``only`` are conditions such as ``event=purchase`` and ``rating>=4``; other rows are left out.
    ``missing`` values and ``strange_times`` (before 1970, after now) are errors unless they are
    dropped.

    Raises ``SettingError`` for an unknown setting.
    """

    user: str = "user"
    item: str = "item"
    time: str = "time"
    time_unit: TimeUnit = "s"
    time_format: str = ""
    time_zone: str = ""
    only: tuple[str, ...] = ()
    missing: Repair = "error"
    strange_times: StrangeTimes = "error"

    def __post_init__(self) -> None:
        super().__post_init__()
        parse_conditions(self.only)
        TimeOptions(self.time_unit, self.time_format, self.time_zone)

    @property
    def layout(self) -> Layout:
        """How the table is written."""
        names = (field.name for field in dataclasses.fields(Layout))
        return Layout(**{name: getattr(self, name) for name in names})

    @property
    def columns(self) -> dict[str, str]:
        """The column of each part of an interaction."""
        named = {"user": self.user, "item": self.item, "time": self.time}
        return {part: column for part, column in named.items() if column}

    def check_columns(self, name: str) -> None:
        """Refuse to be told how a data set is written with ``SettingError``."""
        known = RowReading()
        said = [
            field.name
            for field in dataclasses.fields(RowReading)
            if field.name not in RULES and getattr(self, field.name) != getattr(known, field.name)
        ]
        if said:
            raise SettingError(
                f"The columns of {name} are known; {', '.join(said)} is said of a file of one's "
                f"own. Leave them out."
            )


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading(RowReading):
    """How interactions are read: the rows, and what becomes of them together.

    ``duplicates``: of one person's interactions with one item, keep all, the first or the last.
    ``core``: keep only people and items with at least so many interactions among each other.
    """

    duplicates: Duplicates = "keep"
    core: int = 1

    def read(self, name_or_path: str) -> "Interactions":
        """Read a data set by its name, or a file.

        Raises ``SettingError`` for an unknown name, and for columns of a data set, which are known;
        ``DataError`` for data that is missing or malformed. Needs polars.
        """
        from madang.datasets.interactions import loading
        from madang.datasets.interactions.history import drop_duplicates, k_core

        if is_path(name_or_path):
            found = loading.load_file(Path(name_or_path), self)
        else:
            self.check_columns(name_or_path)
            found = loading.load_dataset(name_or_path, self)
        if self.duplicates != "keep":
            found = drop_duplicates(found, kept=self.duplicates)
        return k_core(found, k=self.core) if self.core > 1 else found

"""Read interactions: of a data set by its name, or of any CSV or Parquet file.

``history`` says what interactions are, ``holdout`` what is held out of them. Everything is a column
at a time: there is no loop over rows.
"""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from madang import validation
from madang.datasets import registry
from madang.datasets.folder import DataFolder
from madang.datasets.interaction_table import SUFFIXES, Duplicates, Repair, StrangeTimes, is_table
from madang.datasets.interactions.history import Interactions, drop_duplicates, k_core, number
from madang.datasets.moment import TimeUnit, moments
from madang.errors import DataError, SettingError

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """How interactions are read of a data set, or of a CSV or Parquet file with a row for each.

    ``user``, ``item`` and ``time`` name a file's columns; without a time ("") the rows are in
    order. ``missing`` values and ``strange_times`` (before 1970, after now) are errors unless they
    are dropped. ``duplicates``: of one person's interactions with one item, keep all, the first or
    the last. ``core``: keep only people and items with at least so many interactions among each
    other.

    Raises ``SettingError`` for an unknown setting.
    """

    user: str = "user"
    item: str = "item"
    time: str = "time"
    time_unit: TimeUnit = "s"
    missing: Repair = "error"
    strange_times: StrangeTimes = "error"
    duplicates: Duplicates = "keep"
    core: int = 1

    def __post_init__(self) -> None:
        validation.check(self)

    def read(self, name_or_path: str) -> Interactions:
        """Read a data set by its name, or a file.

        Raises ``SettingError`` for an unknown name, and for columns of a data set, which are known;
        ``DataError`` for data that is missing or malformed.
        """
        if is_table(name_or_path):
            frame = self.table(Path(name_or_path))
        else:
            self.check_columns(name_or_path)
            frame = _read_dataset(name_or_path)
        frame, taken = self.clean(frame, name_or_path)
        interactions = dataclasses.replace(number(frame), dropped=taken)
        if self.duplicates != "keep":
            interactions = drop_duplicates(interactions, kept=self.duplicates)
        return k_core(interactions, k=self.core) if self.core > 1 else interactions

    def table(self, path: Path, *, only: pl.Expr | None = None) -> pl.DataFrame:
        """Return the rows of a file as they stand there: user, item and, with a time, the moment.

        Of a file that is larger than memory, ``only`` chooses the rows. Raises ``DataError`` for a
        file that is missing, of another kind or without the columns, and for a time that is
        neither a number nor a date.
        """
        names = [self.user, self.item, *([self.time] if self.time else [])]
        naming = "user=…, item=…, time=… ('' where the rows are in order already)"
        frame = read_columns(path, names, naming=naming, only=only)
        columns = [_ids(frame[self.user], path).alias("user")]
        columns.append(_ids(frame[self.item], path).alias("item"))
        if self.time:
            columns.append(moments(frame[self.time], str(path), self.time_unit).alias("time"))
        return pl.DataFrame(columns)

    def clean(
        self, frame: pl.DataFrame, source: str, *, may_be_empty: bool = False
    ) -> tuple[pl.DataFrame, dict[str, int]]:
        """Refuse or drop rows that lack a value, and times before 1970 or after now.

        Return what is left and how many rows each reason took. Raises ``DataError`` where rows are
        to be refused, or none is left, unless ``may_be_empty``: a part of a file may.
        """
        has_times = "time" in frame.columns
        # A text without a letter is no id; a time has no such text.
        lacks = pl.any_horizontal(pl.all().is_null(), pl.col("user", "item") == "")
        wrong = {"missing values": frame.select(wrong=lacks)["wrong"]}
        if has_times and self.strange_times != "keep":
            now = datetime.now(UTC).replace(tzinfo=None)
            is_strange = ~pl.col("time").is_between(datetime(1970, 1, 1), now)
            wrong["strange times"] = frame.select(wrong=is_strange.fill_null(False))["wrong"]
        choices = {"missing values": self.missing, "strange times": self.strange_times}
        for reason, is_wrong in wrong.items():
            if is_wrong.any() and choices[reason] == "error":
                what, remedy = REASONS[reason]
                raise DataError(
                    f"{is_wrong.sum():,} of the {frame.height:,} rows of {source} {what}; the "
                    f"first is row {is_wrong.arg_true()[0] + 1:,}. {remedy}."
                )
        taken = {reason: int(each.sum()) for reason, each in wrong.items() if each.any()}
        if taken:
            frame = frame.filter(~pl.any_horizontal(*wrong.values()))
        if not (frame.height or may_be_empty):
            raise DataError(f"{source} holds no interactions. Give a file with at least one row.")
        return frame, taken

    def check_columns(self, name: str) -> None:
        """Refuse to be told the columns of a data set with ``SettingError``."""
        if (self.user, self.item, self.time, self.time_unit) != ("user", "item", "time", "s"):
            raise SettingError(
                f"The columns of {name} are known; user, item, time and time_unit name those of a "
                f"file of one's own, whose name ends in {', '.join(SUFFIXES)}. Leave them out."
            )


def _read_dataset(name: str) -> pl.DataFrame:
    card = registry.find_card(name)
    if card.table is None:
        named = ", ".join(each.name for each in registry.CARDS.values() if each.table is not None)
        raise DataError(f"The rows of {name} are no interactions. Choose one of {named}.")
    return card.table(DataFolder(card.folder), next(iter(card.splits)))


def count_rows(path: Path) -> int:
    """Return the number of rows of a file without keeping any.

    Raises ``DataError`` for a file that is missing or of another kind.
    """
    return int(_collect(_scan(path).select(pl.len()), path).item())


def _scan(path: Path) -> pl.LazyFrame:
    if not is_table(path.name):
        raise DataError(f"{path} is no {', '.join(SUFFIXES)}. Save it as one of these.")
    if path.suffix == ".parquet":
        return pl.scan_parquet(path)
    # As texts, so that the id 007 stays 007; what is not asked for is not read.
    separator = "\t" if path.suffix == ".tsv" else ","
    return pl.scan_csv(path, separator=separator, infer_schema=False)


def _collect(lazy: pl.LazyFrame, path: Path) -> pl.DataFrame:
    try:
        return lazy.collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{path} can not be read as a table ({reason}). Check the file.") from error


def read_columns(
    path: Path, names: Sequence[str], *, naming: str, only: pl.Expr | None = None
) -> pl.DataFrame:
    """Return columns of a table, those of CSV as texts; ``naming`` says how to name others.

    Raises ``DataError`` for a file that is missing, of another kind, or lacks a column.
    """
    lazy = _scan(path)
    found = _collect(lazy.head(0), path).columns
    lacking = [name for name in names if name not in found]
    if lacking:
        raise DataError(
            f"{path} has the columns {', '.join(found)}; it lacks {', '.join(lacking)}. Name "
            f"them: {naming}."
        )
    chosen = lazy if only is None else lazy.filter(only)
    return _collect(chosen.select(*dict.fromkeys(names)), path)


def _ids(column: pl.Series, path: Path) -> pl.Series:
    """Return ids as texts; whole numbers that a missing one made decimals are whole again."""
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

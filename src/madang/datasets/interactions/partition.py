"""Interactions in partitions by person, for a file that may be larger than memory.

A file is not sorted by person, so each partition is a pass over the whole file that keeps the
people whose id has a certain hash. Memory stays that of one partition, however many people there
are; the price is a pass for every half a million rows. The partitions are the same every time. A
data set that has a name is one partition: it is known to fit.
"""

from collections import Counter
from functools import cached_property
from pathlib import Path

import polars as pl

from madang.datasets import registry
from madang.datasets.interaction_table import is_table
from madang.datasets.interactions.history import Interactions, number
from madang.datasets.interactions.reading import Reading, count_rows

ROWS_AT_ONCE = 500_000


class FilePartitions:
    """The people of a CSV or Parquet file, in ``num_parts`` parts that can be read by number.

    ``dropped`` counts by reason the rows that were left out of the parts read so far.
    """

    def __init__(
        self, path: Path, reading: Reading | None = None, *, rows_at_once: int = ROWS_AT_ONCE
    ) -> None:
        """Name the file and how it is read; nothing is read yet."""
        self.path = Path(path)
        self.dropped: Counter[str] = Counter()
        self._reading = reading or Reading()
        self._rows_at_once = rows_at_once

    @cached_property
    def num_parts(self) -> int:
        """How many parts there are; raises ``DataError`` for a file that is no table."""
        return max(1, -(-count_rows(self.path) // self._rows_at_once))

    @property
    def fingerprint(self) -> dict[str, object]:
        """What says that a file is still the one that was begun with."""
        num_parts, reading = self.num_parts, self._reading
        found = self.path.stat()
        return {
            "file": str(self.path.resolve()),
            "bytes": found.st_size,
            "modified_ns": found.st_mtime_ns,
            "columns": {"user": reading.user, "item": reading.item, "time": reading.time or None},
            "time_unit": reading.time_unit,
            "missing": reading.missing,
            "strange_times": reading.strange_times,
            "num_parts": num_parts,
            # The hash that parts people is that of one version.
            "polars": pl.__version__,
        }

    def read(self, part: int) -> Interactions | None:
        """Return the interactions of the people of one part; None where it has no people.

        Raises ``DataError`` as ``Reading.read`` does.
        """
        is_in_part = None
        if self.num_parts > 1:
            is_in_part = pl.col(self._reading.user).hash(seed=0) % self.num_parts == part
        frame = self._reading.table(self.path, only=is_in_part)
        # Of many parts one may be empty, or become so; of a single one that is an error.
        frame, taken = self._reading.clean(frame, str(self.path), may_be_empty=self.num_parts > 1)
        self.dropped.update(taken)
        return number(frame) if frame.height else None


class DatasetPartition:
    """The people of a data set, all in one part."""

    num_parts = 1

    def __init__(self, name: str, reading: Reading) -> None:
        """Name the data set; raises ``SettingError`` where there is none of that name."""
        reading.check_columns(name)
        self.dropped: Counter[str] = Counter()
        self._card = registry.find_card(name)
        self._reading = reading

    @property
    def fingerprint(self) -> dict[str, object]:
        """What says that the data is still what was begun with."""
        return {
            "data": self._card.name,
            "sha256": [file.sha256 for file in self._card.files],
            "missing": self._reading.missing,
            "strange_times": self._reading.strange_times,
        }

    def read(self, part: int) -> Interactions:
        """Return all interactions; raises ``DataError`` as ``Reading.read`` does."""
        found = self._reading.read(self._card.name)
        self.dropped.update(found.dropped)
        return found


def find_partitions(name_or_path: str, reading: Reading) -> FilePartitions | DatasetPartition:
    """Return the people of a data set by its name, or of any CSV or Parquet file.

    Raises ``SettingError`` for an unknown name, and for columns of a data set, which are known.
    """
    if is_table(name_or_path):
        return FilePartitions(Path(name_or_path), reading)
    return DatasetPartition(name_or_path, reading)

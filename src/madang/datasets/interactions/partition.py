"""Interactions in partitions by person, for a file that may be larger than memory.

A file is not sorted by person, so each partition is a pass over the whole file that keeps the
people whose id has a certain hash. Memory stays that of one partition, however many people there
are; the price is a pass for every half a million rows. The partitions are the same every time. A
data set that has a name is one partition: it is known to fit.
"""

import dataclasses
from collections import Counter
from functools import cached_property
from pathlib import Path

import polars as pl

from madang.datasets import registry
from madang.datasets.interactions import identity
from madang.datasets.interactions.history import Interactions, number
from madang.datasets.interactions.loading import clean, count_rows, load_dataset, read_rows
from madang.datasets.interactions.reading import RowReading
from madang.datasets.table.reader import is_path

ROWS_AT_ONCE = 500_000


class FilePartitions:
    """The people of a table, in ``num_parts`` parts that can be read by number.

    ``dropped`` counts by reason the rows that were left out of the parts read so far, ``noticed``
    those that stayed and look odd.
    """

    def __init__(
        self, path: Path, reading: RowReading | None = None, *, rows_at_once: int = ROWS_AT_ONCE
    ) -> None:
        """Name the file and how it is read; nothing is read yet."""
        self.path = Path(path)
        self.dropped: Counter[str] = Counter()
        self.noticed: Counter[str] = Counter()
        self._reading = reading or RowReading()
        self._rows_at_once = rows_at_once

    @cached_property
    def num_parts(self) -> int:
        """How many parts there are; raises ``DataError`` for a file that is no table."""
        num_rows, num_left_out = count_rows(self.path, self._reading)
        if num_left_out:
            self.dropped["not fitting only"] = num_left_out
        return max(1, -(-num_rows // self._rows_at_once))

    @property
    def fingerprint(self) -> dict[str, object]:
        """What says that a file is still the one that was begun with."""
        num_parts = self.num_parts
        found = self.path.stat()
        return {
            "file": str(self.path.resolve()),
            "bytes": found.st_size,
            "modified_ns": found.st_mtime_ns,
            "reading": dataclasses.asdict(self._reading),
            "num_parts": num_parts,
            # The hash that parts people is that of one version.
            "polars": pl.__version__,
        }

    def read(self, part: int) -> Interactions | None:
        """Return the interactions of the people of one part; None where it has no people.

        Raises ``DataError`` as ``read_rows`` and ``clean`` do.
        """
        is_in_part = None
        if self.num_parts > 1:
            is_in_part = pl.col(self._reading.user).hash(seed=0) % self.num_parts == part
        frame = read_rows(self.path, self._reading, part=is_in_part)
        # Of many parts one may be empty, or become so; of a single one that is an error.
        frame, taken = clean(frame, str(self.path), self._reading, may_be_empty=self.num_parts > 1)
        self.dropped.update(taken)
        if not frame.height:
            return None
        found = number(frame)
        self.noticed.update({**found.noticed, **identity.odd_ids(found)})
        return found


class DatasetPartition:
    """The people of a data set, all in one part."""

    num_parts = 1

    def __init__(self, name: str, reading: RowReading) -> None:
        """Name the data set; raises ``SettingError`` where there is none of that name."""
        reading.check_columns(name)
        self.dropped: Counter[str] = Counter()
        self.noticed: Counter[str] = Counter()
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
        """Return all interactions; raises ``DataError`` as ``load_dataset`` does."""
        found = load_dataset(self._card.name, self._reading)
        self.dropped.update(found.dropped)
        self.noticed.update(found.noticed)
        return found


def find_partitions(name_or_path: str, reading: RowReading) -> FilePartitions | DatasetPartition:
    """Return the people of a data set by its name, or of any table.

    Raises ``SettingError`` for an unknown name, and for columns of a data set, which are known.
    """
    if is_path(name_or_path):
        return FilePartitions(Path(name_or_path), reading)
    return DatasetPartition(name_or_path, reading)

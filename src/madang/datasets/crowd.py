"""The people of a file that may be larger than memory: some of them at a time, each one whole.

A file is in no order of people, so each part is a pass over the whole file that keeps the people
whose id has a certain hash. Memory stays that of one part, however many people there are; what is
paid is a pass for every half a million rows. The parts are the same every time.
"""

from functools import cached_property
from pathlib import Path

import polars as pl

from madang.datasets.history import Interactions, number
from madang.datasets.interaction_table import clean, count_rows, read_table

ROWS_AT_ONCE = 500_000


class Crowd:
    """The people of a CSV or Parquet file, in ``num_parts`` parts that can be read by number."""

    def __init__(
        self,
        path: Path,
        *,
        user: str = "user",
        item: str = "item",
        time: str | None = "time",
        rows_at_once: int = ROWS_AT_ONCE,
    ) -> None:
        """Name the file and its columns; nothing is read yet."""
        self.path = Path(path)
        self.columns = {"user": user, "item": item, "time": time}
        self._rows_at_once = rows_at_once

    @cached_property
    def num_parts(self) -> int:
        """How many parts there are; raises ``DataError`` for a file that is no table."""
        return max(1, -(-count_rows(self.path) // self._rows_at_once))

    @property
    def fingerprint(self) -> dict[str, object]:
        """What says that a file is still the one that was begun with."""
        num_parts = self.num_parts
        found = self.path.stat()
        return {
            "file": str(self.path.resolve()),
            "bytes": found.st_size,
            "modified_ns": found.st_mtime_ns,
            "columns": self.columns,
            "num_parts": num_parts,
            # The hash that parts people is that of one version.
            "polars": pl.__version__,
        }

    def read(self, part: int) -> Interactions | None:
        """Return the interactions of the people of one part; None where it has no people.

        Raises ``DataError`` as ``read_interactions`` does.
        """
        user, item, time = (self.columns[name] for name in ("user", "item", "time"))
        assert user is not None
        assert item is not None
        is_in_part = None
        if self.num_parts > 1:
            is_in_part = pl.col(user).hash(seed=0) % self.num_parts == part
        frame = read_table(self.path, user=user, item=item, time=time, only=is_in_part)
        if not frame.height and self.num_parts > 1:
            return None
        frame, _ = clean(frame, str(self.path), missing="error", strange_times="error")
        return number(frame)

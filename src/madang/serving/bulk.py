"""Recommendations for every person of a file, in parts that are written whole or not at all.

A run that was killed goes on behind its last whole part, when file, model and settings are the
same. Memory is that of one part. Tables are polars', which is imported by whoever calls this.
"""

import dataclasses
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from madang import storage
from madang.datasets.interactions.history import Interactions
from madang.datasets.interactions.partition import DatasetPartition, FilePartitions
from madang.decoding.top_k import NOTHING
from madang.errors import SettingError
from madang.serving import Recommender
from madang.serving.table import written

SUFFIXES = (".csv", ".parquet")
PLAN_NAME = "plan.json"
PEOPLE_AT_ONCE = 8192


Parts = FilePartitions | DatasetPartition


@dataclasses.dataclass(frozen=True, kw_only=True)
class BulkResult:
    """How many people have answers, how many of them from this run, and its unknown items."""

    num_people: int
    num_new: int
    num_unknown: int


class BulkRun:
    """Write a table with the columns ``user``, ``rank``, ``item`` and ``score``."""

    def __init__(
        self, recommender: Recommender, output: Path, *, k: int = 10, exclude_seen: bool = True
    ) -> None:
        """Name what recommends and the file to write; its parts lie beside it until the end.

        Raises ``SettingError`` for a file of another kind and a ``k`` below 1.
        """
        self.output = Path(output)
        if self.output.suffix not in SUFFIXES or k < 1:
            raise SettingError(
                f"output is {output} and k {k}; the first must end in {' or '.join(SUFFIXES)}, the "
                f"second be 1 or more."
            )
        self._recommender = recommender
        self._k, self._exclude_seen = k, exclude_seen
        self._folder = self.output.with_name(f".{self.output.name}.parts")

    def go(
        self, people: Parts, *, report: Callable[[int], None] = lambda num_people: None
    ) -> BulkResult:
        """Recommend to all; ``report`` is told how many people were answered now.

        Raises ``DataError`` for a file that can not be read or written.
        """
        advice = (
            f"What was done is kept in {self._folder}: make room, and give the same command again."
        )
        with written(f"{self.output} can not be written", advice):
            self._begin(people)
            num_new = num_unknown = 0
            paths = [self._folder / f"{part:06}.parquet" for part in range(people.num_parts)]
            for part, path in enumerate(paths):
                if path.is_file():
                    continue
                found = people.read(part)
                frames = []
                if found is not None:
                    for frame, unknown in self._answers(found):
                        frames.append(frame)
                        num_new += frame["user"].n_unique()
                        num_unknown += unknown
                        report(num_new)
                with storage.replacing(path) as temporary:
                    pl.concat([EMPTY, *frames]).write_parquet(temporary)
            return self._finish(paths, num_new=num_new, num_unknown=num_unknown)

    def _begin(self, people: Parts) -> None:
        """Keep the parts of the same run, and remove those of another."""
        recommender = self._recommender
        plan = {
            **people.fingerprint,
            "model": recommender.version,
            "catalogue": recommender.table.catalogue.sha256,
            "retired": sorted(recommender.table.catalogue.retired),
            "k": self._k,
            "exclude_seen": self._exclude_seen,
        }
        text = json.dumps(plan, ensure_ascii=False, sort_keys=True)
        path = self._folder / PLAN_NAME
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        shutil.rmtree(self._folder, ignore_errors=True)
        storage.write_text(path, text)

    def _answers(self, people: Interactions) -> Iterator[tuple[pl.DataFrame, int]]:
        """Yield the answers to some people after the other, and how much was not known."""
        table, recommender = self._recommender.table, self._recommender
        number_of = table.number_of
        ids = people.item_ids.to_list()
        numbers = np.array([number_of.get(item, NOTHING) for item in ids], np.int64)
        item_N = numbers[people.items]
        catalogue = pl.Series("item", table.catalogue.items, dtype=pl.String)
        for start in range(0, len(people.user_ids), PEOPLE_AT_ONCE):
            stop = min(start + PEOPLE_AT_ONCE, len(people.user_ids))
            cuts = people.offsets[start : stop + 1]
            block_N = item_N[cuts[0] : cuts[-1]]
            is_known_N = block_N != NOTHING
            # Where each history begins among the known items alone.
            places = np.concatenate([[0], np.cumsum(is_known_N)])[cuts - cuts[0]]
            histories = np.split(block_N[is_known_N], places[1:-1])
            found, scores = recommender.top(histories, k=self._k, exclude_seen=self._exclude_seen)
            row, rank = np.nonzero(found != NOTHING)
            frame = pl.DataFrame(
                {
                    "user": people.user_ids[start:stop].gather(row),
                    "rank": (rank + 1).astype(np.int32),
                    "item": catalogue.gather(found[row, rank]),
                    "score": scores[row, rank],
                },
                schema=EMPTY.schema,
            )
            yield frame, int((~is_known_N).sum())

    def _finish(self, paths: list[Path], *, num_new: int, num_unknown: int) -> BulkResult:
        """Join the parts, a few rows at a time, and remove them."""
        lazy = pl.scan_parquet(paths)
        num_people = int(lazy.filter(pl.col("rank") == 1).select(pl.len()).collect().item())
        with storage.replacing(self.output) as temporary:
            if self.output.suffix == ".csv":
                lazy.sink_csv(temporary)
            else:
                lazy.sink_parquet(temporary)
        shutil.rmtree(self._folder)
        return BulkResult(num_people=num_people, num_new=num_new, num_unknown=num_unknown)


EMPTY = pl.DataFrame(
    schema={"user": pl.String, "rank": pl.Int32, "item": pl.String, "score": pl.Float32}
)

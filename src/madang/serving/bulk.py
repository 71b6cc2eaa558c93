"""Recommendations for every person of a file, in parts that are written whole or not at all.

A run that was killed goes on behind its last whole part, when file, model and settings are the
same. Memory is that of one part. Tables are polars', which is imported by whoever calls this.
"""

import dataclasses
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
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
# What a part holds; one of another version is written anew.
PARTS_VERSION = 2
LEFT_OUT = "left out: "


Parts = FilePartitions | DatasetPartition


@dataclasses.dataclass(frozen=True, kw_only=True)
class BulkResult:
    """How many people are in the output, how many of them were answered by this run, and the rest.

    ``num_without`` have a row without an item, for nothing is left to recommend to them;
    ``num_popular`` have no item that the model knows, and get what is popular. ``num_unknown``
    interactions are with items that the model does not know. ``dropped`` counts by reason the rows
    that were left out. All but ``num_new`` hold for the whole file, whoever began with it.
    """

    num_people: int
    num_new: int
    num_without: int
    num_popular: int
    num_unknown: int
    dropped: Mapping[str, int]


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
            # What was left out before any part: it is the same for a run that goes on.
            dropped = Counter(people.dropped)
            num_new = 0
            paths = [self._folder / f"{part:06}.parquet" for part in range(people.num_parts)]
            for part, path in enumerate(paths):
                if path.is_file():
                    continue
                counted = Counter({f"{LEFT_OUT}{name}": -n for name, n in people.dropped.items()})
                found = people.read(part)
                counted.update({f"{LEFT_OUT}{name}": n for name, n in people.dropped.items()})
                frames = []
                for frame, further in self._answers(found) if found is not None else ():
                    frames.append(frame)
                    num_new += frame["user"].n_unique()
                    counted.update(further)
                    report(num_new)
                # First the counts: a part that is there has its counts.
                storage.write_text(path.with_suffix(".json"), json.dumps(+counted))
                with storage.replacing(path) as temporary:
                    pl.concat([EMPTY, *frames]).write_parquet(temporary)
            return self._finish(paths, num_new=num_new, dropped=dropped)

    def _begin(self, people: Parts) -> None:
        """Keep the parts of the same run, and remove those of another."""
        recommender = self._recommender
        plan = {
            **people.fingerprint,
            "version": PARTS_VERSION,
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

    def _answers(self, people: Interactions) -> Iterator[tuple[pl.DataFrame, dict[str, int]]]:
        """Yield the answers to some people after the other, and how much was not known of them."""
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
            # Whoever has met everything has a row too, so that each person is seen to be asked.
            is_found = found != NOTHING
            is_row = is_found.copy()
            is_row[~is_found.any(axis=1), 0] = True
            row, rank = np.nonzero(is_row)
            frame = pl.DataFrame(
                {
                    "user": people.user_ids[start:stop].gather(row),
                    "rank": (rank + 1).astype(np.int32),
                    "item": catalogue.gather(np.maximum(found[row, rank], 0)),
                    "score": scores[row, rank],
                },
                schema=EMPTY.schema,
            ).with_columns(
                pl.when(pl.Series(is_found[row, rank])).then(pl.col("rank", "item", "score"))
            )
            yield (
                frame,
                {
                    "unknown": int((~is_known_N).sum()),
                    "popular": sum(not len(history) for history in histories),
                },
            )

    def _finish(self, paths: list[Path], *, num_new: int, dropped: Counter[str]) -> BulkResult:
        """Join the parts, a few rows at a time, and remove them."""
        lazy = pl.scan_parquet(paths)
        counted: Counter[str] = Counter()
        for path in paths:
            counted.update(json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        rank = pl.col("rank")
        num_answered, num_without = (
            lazy.select((rank == 1).sum(), rank.is_null().sum().alias("none")).collect().row(0)
        )
        with storage.replacing(self.output) as temporary:
            if self.output.suffix == ".csv":
                lazy.sink_csv(temporary)
            else:
                lazy.sink_parquet(temporary)
        shutil.rmtree(self._folder)
        num_popular, num_unknown = counted.pop("popular", 0), counted.pop("unknown", 0)
        for name, number in counted.items():
            dropped[name.removeprefix(LEFT_OUT)] += number
        return BulkResult(
            num_people=num_answered + num_without,
            num_new=num_new,
            num_without=num_without,
            num_popular=num_popular,
            num_unknown=num_unknown,
            dropped=dropped,
        )


EMPTY = pl.DataFrame(
    schema={"user": pl.String, "rank": pl.Int32, "item": pl.String, "score": pl.Float32}
)

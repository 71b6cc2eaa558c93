"""What a person may like next, from what they liked so far, on a CPU.

The graph makes of the vectors of a history the vector of what comes next; the table of item vectors
stays outside, as an array. So an item is added or retired without touching the graph, and no other
item's score moves. A history of no known item gets what is popular.
"""

import dataclasses
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from madang.decoding.top_k import NOTHING, top_k
from madang.errors import CheckpointError, SettingError
from madang.formats.item_list import read_arrays, read_items
from madang.formats.manifest import Manifest
from madang.runtime.runner import Array, Runner
from madang.tasks.predictor import Opened, Predictor
from madang.tasks.recommendation.history import HistoryReader, Numbers
from madang.tasks.recommendation.item_table import ItemTable

Answer = Callable[[Numbers], None]


@dataclasses.dataclass(frozen=True)
class Recommended:
    """An item and its score: comparable within one answer, and no probability."""

    item: str
    score: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recommendations:
    """The best items, best first; ``num_unknown`` of the history were skipped as not known."""

    items: tuple[Recommended, ...]
    num_unknown: int


class Recommender(Predictor):
    """A recommender on a CPU: ``Recommender.load("gifts").recommend(history=[…])``."""

    def __init__(
        self, *, runner: Runner, table: ItemTable, manifest: Manifest, name: str = ""
    ) -> None:
        """Put the parts of a model together; ``load`` does so with its checks."""
        self.name = name
        self.manifest = manifest
        self.max_length = manifest.max_length
        self.table = table
        self._model_sha256 = runner.sha256
        self._num_threads = runner.num_threads
        self._reader = HistoryReader(runner, num_positions=manifest.max_length)

    @classmethod
    def of(cls, opened: Opened) -> Self:
        """Return the recommender of a model folder, with its catalogue.

        Raises ``CheckpointError`` for a catalogue of another model.
        """
        folder, manifest, runner, arrays = opened
        items = read_items(folder, sha256=manifest.record.get("items_sha256"))
        sha256 = manifest.record.get("arrays_sha256")
        if arrays is None and sha256 is None:
            raise CheckpointError(
                f"The manifest of {folder} has no arrays_sha256, so whose items.npz is there can "
                f"not be checked. Export the model anew by `madang export`."
            )
        if arrays is None:
            arrays = read_arrays(folder, names=("vectors", "offsets"), sha256=sha256)
        table = ItemTable.of(items, arrays, folder=folder)
        return cls(runner=runner, table=table, manifest=manifest, name=folder.name)

    @property
    def version(self) -> str:  # type: ignore[override]
        """What tells two states apart: of the graph, and of the catalogue as it is now."""
        return hashlib.sha256((self._model_sha256 + self.table.sha256).encode()).hexdigest()[:12]

    @property
    def items(self) -> tuple[str, ...]:
        """The ids of all items, in the order of their numbers."""
        return self.table.catalogue.items

    # Answers for people.

    def recommend(
        self, *, history: Sequence[str], k: int = 10, exclude_seen: bool = True
    ) -> Recommendations:
        """Return the ``k`` items that go best with a history, oldest first; fewer where fewer are.

        Items of the history that the model does not know are skipped and counted; of a long one the
        last that the model has positions for are read. ``exclude_seen`` leaves out every item of
        the history. Raises ``SettingError`` for a ``k`` below 1.
        """
        (answer,) = self.recommend_all([history], k=k, exclude_seen=exclude_seen)
        return answer

    def recommend_all(
        self, histories: Sequence[Sequence[str]], *, k: int = 10, exclude_seen: bool = True
    ) -> list[Recommendations]:
        """Do what ``recommend`` does for each of several histories."""
        if isinstance(histories, str) or any(isinstance(each, str) for each in histories):
            raise SettingError("A history is one string; give a list of ids: history=['a', 'b'].")
        table = self.table
        known = [table.numbers(history) for history in histories]
        found, scores = self._top(table, known, k=k, exclude_seen=exclude_seen)
        return [
            Recommendations(
                items=tuple(
                    Recommended(table.catalogue.items[number], float(score))
                    for number, score in zip(found[row], scores[row], strict=True)
                    if number != NOTHING
                ),
                num_unknown=len(history) - len(known[row]),
            )
            for row, history in enumerate(histories)
        ]

    def because(self, *, history: Sequence[str], item: str) -> str | None:
        """Return the item of a history whose removal lowers the score of ``item`` the most.

        ``None`` where no removal lowers it, and for a history of no known item. Raises
        ``SettingError`` for an ``item`` that the model does not know.
        """
        table = self.table
        target = table.numbers([item])
        if not len(target):
            raise SettingError(f"{item!r} is no item of {self.name}. Give one that it recommended.")
        known = table.numbers(history)
        # What was read last, once each: only its removal is sure to change what is read.
        candidates = np.array(
            list(dict.fromkeys(known[-self._reader.most_items(table) :].tolist())), np.int64
        )
        if len(candidates) < 2:
            return table.catalogue.items[int(candidates[0])] if len(candidates) else None
        shorter = [known[known != number] for number in candidates]
        vector_BD = self._reader.read_all(table, [known, *shorter])
        score_B = vector_BD @ table.vectors_VD[target[0]]
        lowest = int(score_B[1:].argmin())
        if score_B[1 + lowest] >= score_B[0]:
            return None
        return table.catalogue.items[int(candidates[lowest])]

    # Answers in numbers.

    def score(self, histories: Sequence[npt.NDArray[np.integer]]) -> Array:
        """Return the score of every item number for each history of item numbers, (B, V).

        Retired items score minus infinity; a history of none, by what is popular.
        """
        return self._score(self.table, [np.asarray(each, np.int64) for each in histories])

    def top(
        self, histories: Sequence[Numbers], *, k: int = 10, exclude_seen: bool = True
    ) -> tuple[Numbers, Array]:
        """Return numbers and scores of the ``k`` best items of each history, (B, k), best first.

        Where fewer are left the number is -1. The same history has the same answer, whatever its
        neighbours (within the rounding of 32 bits).
        """
        return self._top(self.table, histories, k=k, exclude_seen=exclude_seen)

    # The catalogue.

    def add_items(
        self,
        items: Sequence[str],
        *,
        texts: Sequence[str] = (),
        vectors: Array | None = None,
        attributes: Sequence[Sequence[str]] = (),
    ) -> None:
        """Add items that the model was not trained with, by what is known of them.

        ``texts`` are read by the sentence encoder that read the titles of the training; ``vectors``
        are what it made of them. No other item's score moves. Raises ``SettingError`` for ids that
        are known already and descriptions that are not of the kind that was learned from.
        """
        self.table = self.table.with_described(
            items, texts=texts, vectors=vectors, attributes=attributes
        )

    def retire_items(self, items: Sequence[str]) -> None:
        """Never recommend these again; they may stand in histories, and no other score moves.

        Raises ``SettingError`` for an id that is not known.
        """
        self.table = self.table.without(items)

    def save_items(self, folder: Path) -> None:
        """Write the catalogue as it is now into the model's folder, as ``write_items`` does."""
        self.manifest = self.table.save(Path(folder), self.manifest)

    # How it is computed. What is given a table reads it once: another may be put meanwhile.

    def _top(
        self, table: ItemTable, histories: Sequence[Numbers], *, k: int, exclude_seen: bool
    ) -> tuple[Numbers, Array]:
        """Return what ``top`` does, of one state of the catalogue."""
        if k < 1:
            raise SettingError(f"k is {k}; it must be 1 or more.")
        numbers = np.full((len(histories), k), NOTHING, np.int64)
        scores = np.full((len(histories), k), -np.inf, np.float32)
        # More than the catalogue holds can not be found.
        num_found = min(k, len(table.catalogue.items))

        def answer(rows: Numbers) -> None:
            block = [histories[row] for row in rows]
            score_BV = self._score(table, block)
            if exclude_seen:
                _without(score_BV, block)
            numbers[rows, :num_found], scores[rows, :num_found] = top_k(score_BV, num_found)

        self._share(
            answer, self._reader.blocks(table, histories, num_scores=len(table.catalogue.items))
        )
        return numbers, scores

    def _score(self, table: ItemTable, histories: Sequence[Numbers]) -> Array:
        """Return the score of every item for each history, (B, V)."""
        filled = np.flatnonzero([len(each) for each in histories])
        score_BV = table.score(
            self._reader.read_all(table, [histories[row] for row in filled.tolist()])
        )
        if len(filled) < len(histories):
            filled_NV, score_BV = score_BV, np.tile(table.popularity, (len(histories), 1))
            score_BV[filled] = filled_NV
        score_BV[:, table.retired] = -np.inf
        return score_BV

    def _share(self, answer: Answer, blocks: Iterator[Numbers]) -> None:
        """Answer all blocks, as many at once as there are threads."""
        if self._num_threads == 1:
            for rows in blocks:
                answer(rows)
            return
        with ThreadPoolExecutor(self._num_threads) as pool:
            # To ask for the results is what raises an error of a thread here.
            for _ in pool.map(answer, blocks):
                pass


def _without(score_BV: Array, seen: Sequence[Numbers]) -> None:
    """Take the items that each history holds out of its scores, in place."""
    owner = np.repeat(np.arange(len(seen)), [len(each) for each in seen])
    score_BV[owner, np.concatenate(seen)] = -np.inf


PREDICTOR = Recommender

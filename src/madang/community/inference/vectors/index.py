"""The vectors of one kind of contribution in memory, and the exact search of the nearest.

A row is never moved: a text that was edited gets a new row, and its old one is dead. So what was
found for a text stays true for the rows it was found in, and only newer rows are looked at again.
100,000 texts of 256 numbers are 100 MB, of which a search passes over the quarter that an outline
keeps; what was found once costs microseconds.

A sentence encoder puts all texts of a community into one corner, so that even two that have nothing
in common have a high cosine. How near two are is therefore the cosine of what is left of them
without the mean of all (Mu, Bhat and Viswanath 2018, "All-but-the-Top", section 2, without its
second step). Which texts are looked at is said by the plain cosine, which no other text changes.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from madang.community.inference.vectors.outline import Outline

#: How many are kept of a text: more than a page shows, for some may be hidden from the reader.
KEPT = 24
MAX_FOUND = 20_000
#: Nearness that two texts need to be about the same; of two that have nothing in common it is about
#: 0.1.
LEAST_NEARNESS = 0.3
#: The mean of few texts is no mean of a community: it is drawn towards 0 by so many.
FEW = 10
#: From so many rows on an outline of them is kept: fewer are looked through at once.
MANY = 4096
_FIRST_CAPACITY = 1024
_DEAD = -1

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Found:
    """The nearest rows among the first ``num_rows``, nearest first."""

    num_rows: int
    rows: npt.NDArray[np.int64]
    scores: Vectors


class Index:
    """Contributions by number: their vector of length 1 by the model *version*, their language.

    ``stamp`` is another object after each change.
    """

    def __init__(self, version: str = "") -> None:
        self.version = version
        self.stamp = object()
        self._lock = threading.Lock()
        self._num_rows = 0
        self._vectors_ND: Vectors = np.zeros((0, 0), np.float32)
        self._outline: Outline | None = None
        self._sum_D = np.zeros(0)
        self._numbers_N = np.zeros(0, np.int64)
        self._languages_N = np.zeros(0, np.int16)
        self._languages: dict[str, int] = {}
        self._row_of: dict[int, int] = {}
        self._found: OrderedDict[int, _Found] = OrderedDict()

    def __len__(self) -> int:
        return len(self._row_of)

    def __contains__(self, number: int) -> bool:
        return number in self._row_of

    def put(self, numbers: Sequence[int], languages: Sequence[str], vectors_ND: Vectors) -> None:
        """Add texts, or what became of them; vectors that are the same change nothing."""
        with self._lock:
            for number, language, vector_D in zip(numbers, languages, vectors_ND, strict=True):
                row = self._row_of.get(number)
                if row is None or not np.array_equal(self._vectors_ND[row], vector_D):
                    self._append(number, language, vector_D)

    def drop(self, numbers: Iterable[int]) -> None:
        """Leave texts out that have no vector any more."""
        with self._lock:
            for number in numbers:
                self._bury(number)

    def get(self, number: int) -> Vectors | None:
        """Return the vector of a text (D), None where it has none."""
        with self._lock:
            row = self._row_of.get(number)
            return None if row is None else self._vectors_ND[row].copy()

    def newest(self, count: int) -> tuple[list[int], Vectors]:
        """Return the largest numbers, largest first, and their vectors (N, D)."""
        with self._lock:
            rows = np.flatnonzero(self._languages_N[: self._num_rows] != _DEAD)
            rows = rows[np.argsort(-self._numbers_N[rows])[:count]]
            return self._numbers_N[rows].tolist(), self._vectors_ND[rows]

    def nearest(self, number: int) -> list[tuple[int, float]]:
        """Return others in the same language with their nearness, nearest first."""
        row = self._row_of.get(number)
        if row is None:
            return []
        with self._lock:
            found = self._found.pop(row, None)
        if found is None or found.num_rows < self._num_rows:
            found = self._search(self._vectors_ND[row], int(self._languages_N[row]), found)
        with self._lock:
            self._found[row] = found
            while len(self._found) > MAX_FOUND:
                self._found.popitem(last=False)
        return [pair for pair in self._pairs(found, self._vectors_ND[row]) if pair[0] != number]

    def search(self, vector_D: Vectors) -> list[tuple[int, float]]:
        """Return those nearest to a vector of the same model, in any language."""
        if not self._num_rows:
            return []
        return self._pairs(self._search(vector_D, None, None), vector_D)

    def _append(self, number: int, language: str, vector_D: Vectors) -> None:
        if self._num_rows == len(self._numbers_N):
            self._grow(len(vector_D))
        self._bury(number)
        row = self._num_rows
        self._set(row, vector_D)
        self._sum_D += vector_D
        self._numbers_N[row] = number
        self._languages_N[row] = self._languages.setdefault(language, len(self._languages))
        self._row_of[number] = row
        self._num_rows = row + 1  # last: who searches meanwhile does not see half a row
        self.stamp = object()

    def _bury(self, number: int) -> None:
        """Let a row take no place among the nearest."""
        row = self._row_of.pop(number, None)
        if row is not None:
            self._sum_D -= self._vectors_ND[row]
            self._set(row, np.zeros_like(self._vectors_ND[row]))
            self._languages_N[row] = _DEAD
            self.stamp = object()

    def _set(self, row: int, vector_D: Vectors) -> None:
        self._vectors_ND[row] = vector_D
        if self._outline is not None:
            self._outline.put(slice(row, row + 1), vector_D[None])

    def _grow(self, width: int) -> None:
        capacity = max(_FIRST_CAPACITY, len(self._numbers_N) * 5 // 4)
        if not self._num_rows:
            self._vectors_ND, self._sum_D = np.zeros((0, width), np.float32), np.zeros(width)
        self._vectors_ND = _lengthen(self._vectors_ND, capacity)
        self._numbers_N = _lengthen(self._numbers_N, capacity)
        self._languages_N = _lengthen(self._languages_N, capacity)
        # Anew each time: what texts are about moves on.
        if self._num_rows >= MANY:
            self._outline = Outline(self._vectors_ND, self._num_rows)

    def _search(self, vector_D: Vectors, language: int | None, found: _Found | None) -> _Found:
        """Search the rows that are newer than ``found``, and put both together."""
        start, end = (found.num_rows if found else 0), self._num_rows
        rows = self._candidates(vector_D, language, start, end)
        scores = self._vectors_ND[rows] @ vector_D
        # Found rows may die: so twice as many are kept here as are asked for.
        if len(scores) > 2 * KEPT:
            best = np.argpartition(scores, -2 * KEPT)[-2 * KEPT :]
            rows, scores = rows[best], scores[best]
        if found is not None:
            rows = np.concatenate([found.rows, rows])
            scores = np.concatenate([found.scores, scores])
        order = np.argsort(-scores, kind="stable")[: 2 * KEPT]
        return _Found(end, rows[order], scores[order])

    def _candidates(
        self, vector_D: Vectors, language: int | None, start: int, end: int
    ) -> npt.NDArray[np.int64]:
        """Return the rows of a language that can be among the nearest; of few rows, all."""
        is_asked = np.ones(end - start, np.bool_)
        if language is not None:
            is_asked = self._languages_N[start:end] == language
        if self._outline is None or end - start < MANY:
            return start + np.flatnonzero(is_asked)
        middle_N, half_N = self._outline.bounds(vector_D, slice(start, end))
        middle_N[~is_asked] = -np.inf
        likely = np.argpartition(middle_N, -2 * KEPT)[-2 * KEPT :]
        if np.isneginf(middle_N[likely]).any():
            return start + np.flatnonzero(is_asked)
        # So many are at least so near: who can not be, is not among the nearest.
        least = (self._vectors_ND[start + likely] @ vector_D).min()
        return start + np.flatnonzero(middle_N + half_N >= least)

    def _pairs(self, found: _Found, vector_D: Vectors) -> list[tuple[int, float]]:
        nearness = self._nearness(vector_D, self._vectors_ND[found.rows])
        order = np.argsort(-nearness, kind="stable")
        pairs = []
        for row, score in zip(found.rows[order].tolist(), nearness[order].tolist(), strict=True):
            number = int(self._numbers_N[row])
            if self._row_of.get(number) == row:
                pairs.append((number, score))
        return pairs[:KEPT]

    def _nearness(self, vector_D: Vectors, others_ND: Vectors) -> npt.NDArray[np.float64]:
        """Return the cosines of what is left of vectors without the mean of all, (N)."""
        mean_D = self._sum_D / (len(self) + FEW)
        own_D, rest_ND = vector_D - mean_D, others_ND - mean_D
        length_N = np.linalg.norm(rest_ND, axis=1) * np.linalg.norm(own_D)
        return np.asarray(rest_ND @ own_D / np.maximum(length_N, 1e-12))


def _lengthen(rows: npt.NDArray[Any], length: int) -> npt.NDArray[Any]:
    longer = np.zeros((length, *rows.shape[1:]), rows.dtype)
    longer[: len(rows)] = rows
    return longer

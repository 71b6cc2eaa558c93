"""The vectors of the newest items in this process, kept up to date, and those of a history.

Posts are read by ``inference``, other items by ``tasks.read_items``; vectors of another model than
the one that read last are left out, for they can not be compared. A newest item is there within
``SECONDS_FRESH`` of being read.
"""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from django.db import connection
from django.utils import timezone

from madang.community.boards.models import Post
from madang.community.boards.shelf import KIND
from madang.community.extension import item
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.recommendations.models import Embedding
from madang.community.recommendations.nearness import Vectors, mean_of, set_apart

logger = logging.getLogger(__name__)

#: So many posts, and so many other items, are the newest.
MAX_RECENT = 2000
SECONDS_FRESH = 5.0
#: Two clocks and an open transaction may put a change before the moment it is seen.
_OVERLAP = timedelta(seconds=30)
_PAUSE_SECONDS = 30.0

Data = bytes | memoryview
Row = tuple[str, Data | None]


class Table(NamedTuple):
    """Items by name, their vectors without what all have in common, and that."""

    names: Sequence[str]
    vectors_ND: Vectors
    mean_D: Vectors

    @classmethod
    def of(cls, vectors: Mapping[str, Vectors]) -> "Table":
        """Put vectors of length 1 together."""
        if not vectors:
            return cls((), np.zeros((0, 0), np.float32), np.zeros(0, np.float32))
        raw_ND = np.stack(list(vectors.values()))
        mean_D = mean_of(raw_ND)
        return cls(list(vectors), set_apart(raw_ND, mean_D), mean_D)


class State(NamedTuple):
    """What is known at one moment: vectors by name, the model they are of, and their table."""

    vectors: Mapping[str, Vectors]
    version: str
    table: Table

    def of(self, names: Sequence[str]) -> tuple[list[str], Vectors]:
        """Return those of *names* that have a vector, and the vectors (N, D) as in the table.

        Also of those that are no longer among the newest.
        """
        found = {name: self.vectors[name] for name in names if name in self.vectors}
        missing = [name for name in names if name not in found]
        rows = read_rows(missing, self.version) if missing else ()
        found |= {name: _vector(data) for name, data in rows if data}
        there = [name for name in names if name in found]
        if not there:
            return [], np.zeros((0, 0), np.float32)
        raw_ND = np.stack([found[name] for name in there])
        return there, set_apart(raw_ND, self.table.mean_D)


class Recent:
    """The newest items by name, and their vectors of the model *version*."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._filled_until: datetime | None = None
        self._look_at = 0.0
        # Replaced as a whole: other threads read it meanwhile.
        self._state = State({}, "", Table.of({}))

    def state(self) -> State:
        """Return the newest items, at most ``SECONDS_FRESH`` late; none until they are filled in.

        No page waits: a thread fills in the first, then one page brings them up to date, while the
        others take what is there.
        """
        is_due = time.monotonic() >= self._look_at
        if is_due and self._lock.acquire(blocking=False):
            if self._filled_until is None:
                threading.Thread(target=self._fill_in_thread, daemon=True).start()
            else:
                self._follow_and_release()
        return self._state

    def fill(self) -> None:
        """Fill in the newest items now."""
        with self._lock:
            self._follow()

    def _fill_in_thread(self) -> None:
        try:
            self._follow_and_release()
        finally:
            connection.close()

    def _follow_and_release(self) -> None:
        try:
            self._follow()
        except Exception:  # what is there still serves
            logger.exception("The vectors of the newest items could not be brought up to date")
            self._look_at = time.monotonic() + _PAUSE_SECONDS
        finally:
            self._lock.release()

    def _follow(self) -> None:
        version, now = version_in_use(), timezone.now()
        is_same = version == self._state.version
        since = self._filled_until - _OVERLAP if is_same and self._filled_until else None
        rows = list(newest_rows(version, since))
        vectors = dict(self._state.vectors) if is_same else {}
        for name, data in rows:
            vectors.pop(name, None)
            if data:
                vectors[name] = _vector(data)
        if rows or not is_same:
            vectors = _cut(vectors)
            self._state = State(vectors, version, Table.of(vectors))
        self._filled_until = now
        self._look_at = time.monotonic() + SECONDS_FRESH


def version_in_use() -> str:
    """Return the version of the model that read last."""
    readings = Reading.objects.filter(kind=prediction.SENTENCE, answer__isnull=False)
    newest = readings.order_by("-updated_at").values_list("answer__model_version", flat=True)
    found = newest.first()
    if found is None:
        others = Embedding.objects.filter(answer__isnull=False).order_by("-updated_at")
        found = others.values_list("answer__model_version", flat=True).first()
    return found or ""


def newest_rows(version: str, since: datetime | None) -> Iterator[Row]:
    """Yield the newest items with their vector, or what changed *since*; None: it has none now."""
    posts = Reading.objects.of_kind(Post).filter(kind=prediction.SENTENCE)
    others = Embedding.objects.all()
    if since is not None:
        posts, others = posts.filter(updated_at__gt=since), others.filter(updated_at__gt=since)
    fields = ("answer__model_version", "answer__vector")
    newest = posts.order_by("-object_id").values_list("object_id", *fields)
    for number, found, data in newest[:MAX_RECENT]:
        yield item.name_of(KIND, number), data if found == version else None
    for name, found, data in others.order_by("-updated_at").values_list("pk", *fields)[:MAX_RECENT]:
        yield name, data if found == version else None


def read_rows(names: Iterable[str], version: str) -> Iterator[Row]:
    """Yield the vectors of *names* by the model *version*."""
    parts = [(name, item.split_name(name)) for name in names]
    numbers = [part[1] for _, part in parts if part is not None and part[0] == KIND]
    others = [name for name, part in parts if part is not None and part[0] != KIND]
    if numbers:
        posts = Reading.objects.of_kind(Post).filter(
            kind=prediction.SENTENCE, object_id__in=numbers
        )
        rows = posts.filter(answer__model_version=version).order_by()
        for number, data in rows.values_list("object_id", "answer__vector"):
            yield item.name_of(KIND, number), data
    if others:
        found = Embedding.objects.filter(pk__in=others, answer__model_version=version)
        yield from found.values_list("pk", "answer__vector")


def _cut(vectors: dict[str, Vectors]) -> dict[str, Vectors]:
    """Keep the newest of each sort: the largest numbers."""
    names = sorted(vectors, key=lambda name: (item.split_name(name) or ("", 0))[1], reverse=True)
    posts = [name for name in names if name.startswith(f"{KIND}:")]
    others = [name for name in names if not name.startswith(f"{KIND}:")]
    return {name: vectors[name] for name in [*posts[:MAX_RECENT], *others[:MAX_RECENT]]}


def _vector(data: Data) -> Vectors:
    return np.frombuffer(data, "<f2").astype(np.float32)


_recent = Recent()


def recent() -> Recent:
    """Return the newest items of this process."""
    return _recent


def forget() -> None:
    """Let go of them."""
    global _recent
    _recent = Recent()

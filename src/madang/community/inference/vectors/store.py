"""The vectors of this process: filled from the database in a thread, then kept up to date.

All that the model of sentences reads is held, one index for each kind of contribution, named as the
kind of item is (``extension/item.py``). No page waits for it: until it is filled, a page shows
nothing that is near.

All vectors are of one version of the model. An answer stays in the database when another version
has answered, so that the earlier vectors serve, whole and after a restart too, until the other
version has read as much: then that one takes over.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils import timezone

from madang.community.extension.item import kind_of
from madang.community.inference import prediction, subject
from madang.community.inference.models import Answer, Reading
from madang.community.inference.vectors.index import Index

logger = logging.getLogger(__name__)

#: How old the vectors may be on a page.
SECONDS_FRESH = 5.0
#: Two clocks and an open transaction may put a change before the moment it is seen.
_OVERLAP = timedelta(seconds=30)
_BATCH = 5000
_PAUSE_SECONDS = 30.0

#: A contribution's number, which version answered last, vector and value of the version used.
Row = tuple[int, str | None, Any, Any]


class Store:
    """Holds the indexes, the model of their vectors, and the moment up to which they are filled."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # Replaced as a whole where the model is another: a page keeps what it has begun with.
        self._indexes: Mapping[str, Index] = {}
        self._version = ""
        self._filled_until: datetime | None = None
        self._looked_at = float("-inf")

    def indexes(self) -> Mapping[str, Index]:
        """Return the index of each kind, none while they are being filled; never waits."""
        is_due = time.monotonic() - self._looked_at > SECONDS_FRESH
        if is_due and self._lock.acquire(blocking=False):
            if self._filled_until is None:
                threading.Thread(target=self._fill_in_thread, daemon=True).start()
            else:
                self._release_after(self._follow)
        return self._indexes

    def fill(self) -> None:
        """Fill the indexes now."""
        with self._lock:
            self._fill()

    def _fill_in_thread(self) -> None:
        try:
            self._release_after(self._fill)
        finally:
            connection.close()

    def _release_after(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # what was found so far still serves
            logger.exception("The vectors of texts could not be brought up to date")
            self._looked_at = time.monotonic() + _PAUSE_SECONDS
        finally:
            self._lock.release()

    def _fill(self) -> None:
        self._version, self._filled_until = _version_to_use(), None
        indexes = {
            kind_of(kind): Index(self._version) for kind in subject.read_by(prediction.SENTENCE)
        }
        self._take_news(indexes)
        self._indexes = indexes

    def _follow(self) -> None:
        """Take up what is new; when another model's vectors are to be used, begin anew."""
        has_others = self._take_news(self._indexes)
        if has_others and _version_to_use() != self._version:
            self._fill()

    def _take_news(self, indexes: Mapping[str, Index]) -> bool:
        """Take up what is new, and say whether another model has read anything meanwhile."""
        self._looked_at, now = time.monotonic(), timezone.now()
        readings = Reading.objects.filter(kind=prediction.SENTENCE)
        if self._filled_until is not None:
            readings = readings.filter(updated_at__gt=self._filled_until - _OVERLAP)
        said = _answers_of(self._version).filter(text_sha256=OuterRef("text_sha256"))
        answered = readings.annotate(
            vector=Subquery(said.values("vector")[:1]), said=Subquery(said.values("value")[:1])
        )
        fields = ("object_id", "answer__model_version", "vector", "said")
        has_others = False
        for kind in subject.read_by(prediction.SENTENCE):
            index = indexes[kind_of(kind)]
            rows = answered.of_kind(kind).order_by().values_list(*fields)
            found = rows.iterator(chunk_size=_BATCH)
            while batch := list(islice(found, _BATCH)):
                has_others |= _put(index, batch)
        self._filled_until = now
        return has_others


def _put(index: Index, rows: Sequence[Row]) -> bool:
    """Put rows into an index, and say whether another version of the model answered one last."""
    own = [row for row in rows if _is_vector(row[2])]
    if own:
        vectors_ND = np.stack([np.frombuffer(row[2], "<f2") for row in own]).astype(np.float32)
        languages = [row[3].get("language", "other") for row in own]
        index.put([row[0] for row in own], languages, vectors_ND)
    # An edited text has no answer until it is read again, and then maybe nothing to compare.
    index.drop(row[0] for row in rows if not _is_vector(row[2]))
    return any(row[1] not in (None, index.version) for row in rows)


def _is_vector(vector: bytes | None) -> bool:
    """Say whether there is a vector; one of zeros, of an earlier release, is none."""
    return vector is not None and any(vector)


def _answers_of(version: str) -> QuerySet[Answer]:
    return Answer.objects.filter(kind=prediction.SENTENCE, model_version=version)


def _version_to_use() -> str:
    """Return the version that has read most of today's texts; of equal ones, the one that reads.

    So a new version takes over when it has read as many texts as the one before. A text on which
    it fails keeps it waiting for nothing.
    """
    readings = Reading.objects.filter(kind=prediction.SENTENCE)
    latest = readings.filter(answer__isnull=False).order_by("-updated_at")
    reads: str = latest.values_list("answer__model_version", flat=True).first() or ""
    texts = readings.filter(num_failures=0).order_by().values("text_sha256")
    counted = (
        Answer.objects.filter(kind=prediction.SENTENCE, text_sha256__in=texts)
        .order_by()
        .values_list("model_version")
        .annotate(Count("pk"))
    )
    numbers: dict[str, int] = dict(counted)
    return max(numbers, key=lambda each: (numbers[each], each == reads, each), default="")


_store = Store()


def get(kind: str) -> Index | None:
    """Return the index of one kind in this process, None while there is none."""
    return indexes().get(kind)


def indexes() -> Mapping[str, Index]:
    """Return the indexes of this process by kind; all are of one model."""
    return _store.indexes()


def fill() -> None:
    """Fill the indexes of this process now."""
    _store.fill()


def forget() -> None:
    """Let go of them."""
    global _store
    _store = Store()

"""The index of this process: filled from the database in a thread, then kept up to date.

No page waits for it: until it is filled, a page shows nothing that is related.
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count
from django.utils import timezone

from madang.community.boards.models import Post
from madang.community.inference import prediction
from madang.community.inference.models import Reading
from madang.community.inference.vectors.index import Index

logger = logging.getLogger(__name__)

#: How old the index may be on a page.
SECONDS_FRESH = 5.0
#: Two clocks and an open transaction may put a change before the moment it is seen.
_OVERLAP = timedelta(seconds=30)
_BATCH = 5000
_PAUSE_SECONDS = 30.0


class Store:
    """Holds the index, the moment up to which it is filled, and the model of its vectors."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._version = ""
        self._filled_until: datetime | None = None
        self._looked_at = self._fill_at = 0.0

    def get(self) -> Index | None:
        """Return the index, None while it is being filled; never waits."""
        if self._index is None:
            is_due = time.monotonic() >= self._fill_at
            if is_due and self._lock.acquire(blocking=False):
                threading.Thread(target=self._fill_in_thread, daemon=True).start()
            return None
        is_due = time.monotonic() - self._looked_at > SECONDS_FRESH
        if is_due and self._lock.acquire(blocking=False):
            try:
                self._follow()
            except Exception:  # what was found so far still serves
                logger.exception("The index of related posts could not be brought up to date")
            finally:
                self._lock.release()
        return self._index

    def fill(self) -> Index:
        """Fill the index now, and return it."""
        with self._lock:
            return self._fill()

    def _fill_in_thread(self) -> None:
        try:
            self._fill()
        except Exception:
            logger.exception("The index of related posts could not be filled")
            self._fill_at = time.monotonic() + _PAUSE_SECONDS
        finally:
            connection.close()
            self._lock.release()

    def _fill(self) -> Index:
        self._version = _version_of_most()
        index = Index(self._version)
        self._filled_until = None
        self._take_news(index)
        self._index = index
        return index

    def _follow(self) -> None:
        """Take up what is new; when another model's vectors have become the most, begin anew."""
        assert self._index is not None
        num_new = self._take_news(self._index)
        if num_new == 0 and len(self._index) == 0:
            self._version = self._index.version = _version_of_most()
        version = prediction.model_version(prediction.SENTENCE)
        if version not in (None, self._version) and _version_of_most() != self._version:
            self._fill()

    def _take_news(self, index: Index) -> int:
        self._looked_at, now = time.monotonic(), timezone.now()
        readings = Reading.objects.of_kind(Post).filter(
            kind=prediction.SENTENCE, answer__model_version=self._version
        )
        if self._filled_until is not None:
            readings = readings.filter(updated_at__gt=self._filled_until - _OVERLAP)
        rows = readings.values_list("object_id", "answer__vector", "answer__value").order_by()
        number = 0
        batch = []
        for row in rows.iterator(chunk_size=_BATCH):
            batch.append(row)
            if len(batch) == _BATCH:
                number += _put(index, batch)
                batch = []
        number += _put(index, batch)
        self._filled_until = now
        return number


def _put(index: Index, rows: list[tuple[int, Any, Any]]) -> int:
    rows = [row for row in rows if row[1]]
    if rows:
        vectors_ND = np.stack([np.frombuffer(row[1], "<f2") for row in rows]).astype(np.float32)
        languages = [row[2].get("language", "other") for row in rows]
        index.put([row[0] for row in rows], languages, vectors_ND)
    return len(rows)


def _version_of_most() -> str:
    """Return the model version that has read most posts: a new one takes over when it is done."""
    counted = (
        Reading.objects.filter(kind=prediction.SENTENCE, answer__isnull=False)
        .values("answer__model_version")
        .annotate(number=Count("pk"))
        .order_by("-number", "-answer__model_version")
        .first()
    )
    return str(counted["answer__model_version"]) if counted else ""


_store = Store()


def get() -> Index | None:
    """Return the index of this process, None while there is none."""
    return _store.get()


def fill() -> Index:
    """Fill the index of this process now."""
    return _store.fill()


def forget() -> None:
    """Let go of the index."""
    global _store
    _store = Store()

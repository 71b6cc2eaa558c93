"""The site's only door to the models: lazy, shared by all threads, and never in the way.

A page must not fail, nor wait, because a model is missing, broken or slow. So the model is loaded
on first use, runs in threads of its own under a time limit, and after a failure is left alone for
a while: whoever asks meanwhile is told ``ModelUnavailableError`` at once and asks again later.
"""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from madang.serving import Classifier

logger = logging.getLogger(__name__)

#: How long a page waits for an answer that usually takes milliseconds.
TIMEOUT_SECONDS = 1.0
#: How long the first page of a process waits while the model is being loaded.
LOADING_SECONDS = 10.0
#: How long a background task waits.
PATIENCE_SECONDS = 60.0
#: How long a model that failed or was slow is left alone.
PAUSE_SECONDS = 30.0
#: Of fewer letters nothing is called advertising: the labels of such short posts, from which the
#: model learned, are noise, and a greeting must not be accused.
FEWEST_LETTERS = 30
ORDINARY, AD = "ordinary", "ad"


class ModelUnavailableError(Exception):
    """The model can give no answer now; the reason is in the log."""


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Characters ``start:end`` of the judged text that spoke for its label, and how much."""

    start: int
    end: int
    weight: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the model says of a text."""

    label: str
    ad_probability: float
    threshold: float
    reasons: tuple[Reason, ...]
    is_truncated: bool
    model_name: str
    model_version: str


def load_classifier(name: str) -> "Classifier":
    """Open the model; imported here, so that a site without one runs without ONNX Runtime."""
    from madang.serving import Classifier

    return Classifier.load(name)


class _Door:
    """Holds the loaded model, its threads, and the time until which it is left alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="inference")
        self._classifier: Classifier | None = None
        self._paused_until = 0.0

    def warm_up(self) -> None:
        """Begin to load the model; whether that succeeds is the first question's matter."""
        self._threads.submit(self._load)

    def ask(self, text: str, *, patient: bool) -> Answer:
        if not patient and time.monotonic() < self._paused_until:
            raise ModelUnavailableError("the model failed a moment ago and is left alone")
        timeout_seconds = TIMEOUT_SECONDS if self._classifier else LOADING_SECONDS
        if patient:
            timeout_seconds = PATIENCE_SECONDS
        future = self._threads.submit(self._answer, text)
        try:
            answer = future.result(timeout_seconds)
        except Exception as error:  # whatever a model does, the site goes on
            future.cancel()
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("No label from the model %s: %r", settings.MADANG_ADS_MODEL, error)
            raise ModelUnavailableError(str(error)) from error
        self._paused_until = 0.0
        return answer

    def version(self) -> str | None:
        """Return the version of the loaded model, ``None`` before its first answer."""
        return self._classifier.version if self._classifier else None

    def _answer(self, text: str) -> Answer:
        classifier = self._load()
        (given,) = classifier.classify([text])
        is_too_short = sum(map(str.isalnum, text)) < FEWEST_LETTERS
        return Answer(
            label=ORDINARY if is_too_short else given.label,
            ad_probability=given.probabilities[AD],
            threshold=classifier.threshold,
            reasons=tuple(
                Reason(start=reason.start, end=reason.end, weight=reason.weight)
                for reason in given.reasons
            ),
            is_truncated=given.is_truncated,
            model_name=settings.MADANG_ADS_MODEL,
            model_version=classifier.version,
        )

    def _load(self) -> "Classifier":
        with self._lock:
            if self._classifier is None:
                classifier = load_classifier(settings.MADANG_ADS_MODEL)
                if set(classifier.labels) != {ORDINARY, AD}:
                    raise ValueError(
                        f"MADANG_ADS_MODEL={settings.MADANG_ADS_MODEL} has the labels "
                        f"{classifier.labels}; the site needs {(ORDINARY, AD)}: name such a model."
                    )
                self._classifier = classifier
            return self._classifier


_door = _Door()


def judge(text: str, *, patient: bool = False) -> Answer:
    """Return the model's answer to a text, or raise ``ModelUnavailableError`` soon.

    A background task is ``patient``: it asks even after a failure and waits longer.
    """
    return _door.ask(text, patient=patient)


def warm_up() -> None:
    """Begin to load the model in the background, so that the first post need not wait."""
    _door.warm_up()


def model_version() -> str | None:
    """Return the version of the model in use, ``None`` while it has not been loaded."""
    return _door.version()


def forget() -> None:
    """Let go of the loaded model, so that the next question loads it anew."""
    global _door
    _door = _Door()

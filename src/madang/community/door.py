"""A door to one model: lazy, shared by all threads, and never in the way.

A page must not fail, nor wait, because a model is missing, broken or slow. So the model is loaded
on first use, runs in threads of its own under a time limit, and after a failure is left alone for
a while: whoever asks meanwhile is told ``ModelUnavailableError`` at once and asks again later.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)

#: How long a page waits for an answer that usually takes milliseconds.
TIMEOUT_SECONDS = 1.0
#: How long the first page of a process waits while the model is being loaded.
LOADING_SECONDS = 10.0
#: How long a background task waits.
PATIENCE_SECONDS = 60.0
#: How long a model that failed or was slow is left alone.
PAUSE_SECONDS = 30.0


class ModelUnavailableError(Exception):
    """The model can give no answer now; the reason is in the log."""


class Versioned(Protocol):
    """Any model of ``madang.serving``."""

    version: str


ModelT = TypeVar("ModelT", bound=Versioned)
AnswerT = TypeVar("AnswerT")


class Door(Generic[ModelT]):
    """Holds a loaded model, its threads, and the time until which it is left alone.

    *load* opens the model; *describe* names it in the log.
    """

    def __init__(self, load: Callable[[], ModelT], *, describe: Callable[[], str]) -> None:
        self._load_model, self._describe = load, describe
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="inference")
        self._model: ModelT | None = None
        self._paused_until = 0.0

    @property
    def version(self) -> str | None:
        """Return the version of the loaded model, ``None`` before its first answer."""
        return self._model.version if self._model else None

    @property
    def is_paused(self) -> bool:
        """Say whether the model failed a moment ago."""
        return time.monotonic() < self._paused_until

    def warm_up(self) -> None:
        """Begin to load the model; whether that succeeds is the first question's matter."""
        self._threads.submit(self._load)

    def ask(self, question: Callable[[ModelT], AnswerT], *, patient: bool) -> AnswerT:
        """Return what *question* finds out from the model, or raise ModelUnavailableError soon.

        A background task is ``patient``: it asks even after a failure and waits longer.
        """
        if not patient and self.is_paused:
            raise ModelUnavailableError("the model failed a moment ago and is left alone")
        timeout_seconds = TIMEOUT_SECONDS if self._model else LOADING_SECONDS
        if patient:
            timeout_seconds = PATIENCE_SECONDS
        future = self._threads.submit(lambda: question(self._load()))
        try:
            answer = future.result(timeout_seconds)
        except Exception as error:  # whatever a model does, the site goes on
            future.cancel()
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            logger.warning("No answer from the model %s: %r", self._describe(), error)
            raise ModelUnavailableError(str(error) or type(error).__name__) from error
        self._paused_until = 0.0
        return answer

    def _load(self) -> ModelT:
        with self._lock:
            if self._model is None:
                self._model = self._load_model()
            return self._model

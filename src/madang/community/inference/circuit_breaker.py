"""A door to one model: lazy, shared by all threads, and never in the way.

A page must not fail, nor wait, because a model is missing, broken or slow. So the model is loaded
on first use, and each question has a thread of its own and a time limit. Nothing can stop a thread
in Python: a question that takes long gives its place to the next one, and only a few may run on.

One text says nothing about the others. Where a question fails or comes to its limit, the model is
asked about a text that every model can read (``probe``). Only where that fails too, or where the
model can not be loaded, is it left alone for a while: whoever asks meanwhile is told
``ModelUnavailableError`` at once and asks again later.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

logger = logging.getLogger(__name__)

#: How long a page waits for an answer that usually takes milliseconds.
TIMEOUT_SECONDS = 1.0
#: How long the first page of a process waits while the model is being loaded.
LOADING_SECONDS = 10.0
#: How long a background task waits.
PATIENCE_SECONDS = 60.0
#: How long a model that failed or was slow is left alone.
PAUSE_SECONDS = 30.0
#: A question that takes longer gives its place to the next one.
LONG_SECONDS = 0.25
#: How many questions are answered at once, …
NUM_PLACES = 2
#: … and how many long ones besides.
NUM_LONG = 16


class ModelUnavailableError(Exception):
    """The model can give no answer now; the reason is in the log."""


class Versioned(Protocol):
    """Any model of ``madang.serving``."""

    version: str


ModelT = TypeVar("ModelT", bound=Versioned)
AnswerT = TypeVar("AnswerT")


@dataclass(eq=False)
class _Question(Generic[ModelT]):
    """What is asked, what it is about, its answer, and the place that it holds until then."""

    ask: Callable[[ModelT], Any]
    about: Hashable
    place: threading.Semaphore
    answer: "Future[Any]" = field(default_factory=Future)


class CircuitBreaker(Generic[ModelT]):
    """Holds a loaded model, the questions that run, and when it is left alone.

    *load* opens the model; *probe* asks it about a text that every model can read, and raises what
    the model raises; *describe* names it in the log.
    """

    def __init__(
        self,
        load: Callable[[], ModelT],
        *,
        probe: Callable[[ModelT], object],
        describe: Callable[[], str],
    ) -> None:
        self._load_model, self._probe, self._describe = load, probe, describe
        self._loading = threading.Lock()
        self._model: ModelT | None = None
        self._places = threading.Semaphore(NUM_PLACES)
        self._long_places = threading.Semaphore(NUM_LONG)
        # Guards what follows, and which place a question holds.
        self._lock = threading.Lock()
        self._overdue: set[_Question[ModelT]] = set()
        self._is_probing = False
        # A pause may begin later: an answer until then calls it off.
        self._pause_from = self._pause_until = 0.0

    @property
    def version(self) -> str | None:
        """Return the version of the loaded model, ``None`` before its first answer."""
        return self._model.version if self._model else None

    @property
    def model(self) -> ModelT | None:
        """Return the loaded model, to ask what it is; ``None`` before its first answer."""
        return self._model

    @property
    def is_paused(self) -> bool:
        """Say whether the model failed a moment ago, whatever it was asked."""
        return self._pause_from <= time.monotonic() < self._pause_until

    def warm_up(self) -> None:
        """Begin to load the model; whether that succeeds is the first question's matter."""
        _in_thread(self._warm_up)

    def ask(
        self, question: Callable[[ModelT], AnswerT], *, about: Hashable, patient: bool
    ) -> AnswerT:
        """Return what *question* finds out from the model, or raise ModelUnavailableError soon.

        While a question *about* the same still runs that came to its limit, it is not asked again.
        A background task is ``patient``: it asks even after a failure and waits longer.
        """
        if not patient and self.is_paused:
            raise ModelUnavailableError("the model failed a moment ago and is left alone")
        if about in [each.about for each in self._overdue.copy()]:
            raise ModelUnavailableError("the model has not done with this text yet")
        limit_seconds = TIMEOUT_SECONDS if self._model else LOADING_SECONDS
        if patient:
            limit_seconds = PATIENCE_SECONDS
        deadline = time.monotonic() + limit_seconds
        if not self._places.acquire(timeout=limit_seconds):
            self._doubt()
            raise ModelUnavailableError("the model is busy with other texts")
        asked = self._begin(_Question(question, about, self._places))
        wait([asked.answer], min(LONG_SECONDS, deadline - time.monotonic()))
        self._let_others_pass(asked)
        wait([asked.answer], deadline - time.monotonic())
        if self._give_up(asked):
            self._doubt()
            raise ModelUnavailableError(f"no answer within {limit_seconds:g} seconds")
        try:
            answer: AnswerT = asked.answer.result()
        except Exception as error:  # whatever a model does, the site goes on
            raise ModelUnavailableError(str(error) or type(error).__name__) from error
        self._call_off_pause()
        return answer

    # One question.

    def _begin(self, asked: "_Question[ModelT]") -> "_Question[ModelT]":
        try:
            _in_thread(self._answer, asked)
        except RuntimeError as error:  # no thread is left
            asked.place.release()
            raise ModelUnavailableError(str(error)) from error
        return asked

    def _answer(self, asked: "_Question[ModelT]") -> None:
        """Answer a question in its thread."""
        try:
            asked.answer.set_result(self._find(asked.ask))
        except BaseException as error:  # handed to whoever asked
            asked.answer.set_exception(error)
        finally:
            with self._lock:
                asked.place.release()
                self._overdue.discard(asked)

    def _let_others_pass(self, asked: "_Question[ModelT]") -> None:
        """Give the place of a question that takes long to the next one."""
        with self._lock:
            if not asked.answer.done() and self._long_places.acquire(blocking=False):
                asked.place.release()
                asked.place = self._long_places

    def _give_up(self, asked: "_Question[ModelT]") -> bool:
        """Note that nobody waits any more for a question, and say whether it still runs."""
        with self._lock:
            if asked.answer.done():
                return False
            self._overdue.add(asked)
        logger.warning("The model %s has not done with a text in time", self._describe())
        return True

    def _find(self, question: Callable[[ModelT], AnswerT]) -> AnswerT:
        try:
            model = self._load()
        except Exception as error:
            self._pause(error)
            raise
        try:
            return question(model)
        except Exception as error:
            logger.warning("The model %s fails on a text: %r", self._describe(), error)
            self._try_probe()
            raise

    # The model.

    def _load(self) -> ModelT:
        with self._loading:
            if self._model is None:
                self._model = self._load_model()
            return self._model

    def _warm_up(self) -> None:
        try:
            self._load()
        except Exception as error:
            logger.warning("The model %s could not be loaded ahead: %r", self._describe(), error)

    def _doubt(self) -> None:
        """Let a pause begin soon, unless the model answers anything until then; ask the probe."""
        with self._lock:
            now = time.monotonic()
            if now < self._pause_until:
                return
            self._pause_from = now + TIMEOUT_SECONDS
            self._pause_until = self._pause_from + PAUSE_SECONDS
            if self._is_probing:
                return
            self._is_probing = True
        try:
            _in_thread(self._settle_doubt)
        except RuntimeError:  # no thread is left: the pause begins, the next doubt probes
            self._is_probing = False

    def _settle_doubt(self) -> None:
        try:
            if self._try_probe() and not self.is_paused:
                self._call_off_pause()
        finally:
            self._is_probing = False

    def _try_probe(self) -> bool:
        """Say whether the model answers the probe; where it does not, leave it alone."""
        try:
            self._probe(self._load())
        except Exception as error:
            self._pause(error)
            return False
        return True

    def _pause(self, error: Exception) -> None:
        with self._lock:
            self._pause_from = time.monotonic()
            self._pause_until = self._pause_from + PAUSE_SECONDS
        logger.warning("No answer from the model %s: %r", self._describe(), error)

    def _call_off_pause(self) -> None:
        with self._lock:
            self._pause_from = self._pause_until = 0.0


def _in_thread(function: Callable[..., None], *arguments: object) -> None:
    """Run a function in a thread that keeps no process from ending."""
    threading.Thread(target=function, args=arguments, daemon=True, name="inference").start()

"""The journal of a run: what every step cost, how fast it went, and who is told."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from madang.training.reporting.description import Description
from madang.training.reporting.progress import ProgressBar
from madang.training.reporting.result import Outcome, Record, RunState
from madang.training.reporting.trackers import Tracker, open_trackers
from madang.training.settings import TrainingSettings


class Journal:
    """Write the records of a run into its state, its trackers and its progress bar.

    Only one process of a run keeps a journal that others see (``is_kept``). ``peak_speed`` is the
    tokens a second at the devices' peak, where that is known: then each record tells the share of
    it that was reached.
    """

    def __init__(
        self,
        *,
        folder: Path,
        state: RunState,
        settings: TrainingSettings,
        num_steps: int,
        is_kept: bool,
        peak_speed: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        description: Description | None = None,
    ) -> None:
        self._state = state
        self._peak_speed = peak_speed
        self._num_tokens = 0
        self._began = time.perf_counter()
        self._trackers: list[Tracker] = []
        if is_kept:
            self._trackers = open_trackers(
                folder,
                names=settings.trackers,
                state=state,
                parameters=parameters or settings.to_mapping(),
                description=description or Description(),
            )
        self._bar = ProgressBar(
            step=state.step, num_steps=num_steps, is_shown=settings.progress and is_kept
        )

    def count(self, *, loss_sum: float, num_items: float, num_tokens: float) -> None:
        """Add one step to what the next training record tells."""
        self._state.loss_sum += loss_sum
        self._state.num_items += num_items
        self._num_tokens += int(num_tokens)
        self._bar.advance()

    def note_training(self, *, epoch: int, learning_rate: float, gradient_norm: float) -> None:
        """Write the mean loss and the speed since the last training record."""
        state, now = self._state, time.perf_counter()
        speed = self._num_tokens / max(now - self._began, 1e-9)
        record: Record = {
            "event": "train",
            "step": state.step,
            "epoch": epoch,
            "loss": state.loss_sum / max(state.num_items, 1.0),
            "learning_rate": learning_rate,
            "gradient_norm": gradient_norm,
            "tokens_per_second": round(speed, 1),
        }
        if self._peak_speed is not None:
            record["share_of_peak"] = round(speed / self._peak_speed, 4)
        self._note(record)
        self._bar.show(record)
        state.loss_sum = state.num_items = 0.0
        self._began, self._num_tokens = now, 0

    def note_validation(self, *, epoch: int, figures: Mapping[str, float]) -> None:
        """Write the figures of an evaluation."""
        self._note({"event": "validation", "step": self._state.step, "epoch": epoch, **figures})

    def note_message(self, text: str) -> None:
        """Write something that a person should read."""
        self._note({"event": "message", "step": self._state.step, "text": text})

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Keep the time of this block out of the speed of training."""
        began = time.perf_counter()
        yield
        self._began += time.perf_counter() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Close the progress bar and the trackers, and tell them how the run ended."""
        outcome: Outcome = "finished"
        if kind is not None:
            outcome = "failed" if issubclass(kind, Exception) else "stopped"
        self._bar.close()
        for tracker in self._trackers:
            tracker.close(outcome, self._state.figures if outcome == "finished" else {})

    def _note(self, record: Record) -> None:
        self._state.history.append(record)
        for tracker in self._trackers:
            tracker.log(record)

"""Where the figures of a run go: always a JSON lines file, further places by name.

A record is a flat mapping with ``event`` (``train``, ``validation``, ``message``), ``step`` and
figures. A resumed run first cuts the log back to its checkpoint, so that it reads as if nothing
had happened.
"""

import contextlib
import importlib.util
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TextIO

from madang import storage
from madang.errors import SettingError
from madang.training.reporting.description import Description
from madang.training.reporting.mlflow_tracker import MlflowTracker
from madang.training.reporting.result import Outcome, Record, RunState, scalars

LOGGER = logging.getLogger("madang.training")
LOG_NAME = "log.jsonl"
BROKEN = "%s could not be written (%s). The run goes on; %s."


class Tracker(Protocol):
    """Somewhere to write records to."""

    def log(self, record: Record) -> None:
        """Write one record, or the figures in it."""

    def close(self, outcome: Outcome, figures: Mapping[str, float]) -> None:
        """Write what is left, how the run ended too; let go of files and connections."""


class JsonLinesTracker:
    """Append each record to ``log.jsonl`` as one line of JSON, flushed at once.

    Where the disk is full, the file is written anew from all records once there is room.
    """

    def __init__(self, folder: Path, *, history: Sequence[Record]) -> None:
        self._path, self._records = folder / LOG_NAME, list(history)
        self._has_warned = False
        self._file: TextIO | None = self._write_anew()

    def log(self, record: Record) -> None:
        self._records.append(record)
        try:
            if self._file is None:
                self._file = self._write_anew()
            else:
                self._file.write(_line(record))
                self._file.flush()
        except OSError as error:
            self._leave()
            if not self._has_warned:
                kept = "its records are kept, and written when there is room"
                LOGGER.warning(BROKEN, self._path, error, kept)
            self._has_warned = True

    def close(self, outcome: Outcome, figures: Mapping[str, float]) -> None:
        self._leave()

    def _write_anew(self) -> TextIO:
        storage.write_text(self._path, "".join(map(_line, self._records)))
        return self._path.open("a", encoding="utf-8")

    def _leave(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what was not flushed is tried once more
                self._file.close()
        self._file = None


class TensorBoardTracker:
    """Write the numbers of each record into ``tensorboard/`` as scalars ``event/name``."""

    def __init__(self, folder: Path, *, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # Figures after the checkpoint are written again, so TensorBoard has to forget them.
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def log(self, record: Record) -> None:
        for name, value in scalars(record).items():
            self._writer.add_scalar(name, value, record["step"])
        self._writer.flush()  # a full disk shows here, and not in a thread

    def close(self, outcome: Outcome, figures: Mapping[str, float]) -> None:
        self._writer.close()


class Guarded:
    """A tracker that a run can do without: once it fails it is warned of and left alone."""

    def __init__(self, name: str, opening: Callable[[], Tracker]) -> None:
        self._name = name
        self._tracker: Tracker | None = None
        try:
            self._tracker = opening()
        except Exception as error:
            self._give_up(error)

    def log(self, record: Record) -> None:
        self._ask(lambda tracker: tracker.log(record))

    def close(self, outcome: Outcome, figures: Mapping[str, float]) -> None:
        self._ask(lambda tracker: tracker.close(outcome, figures))

    def _ask(self, call: Callable[[Tracker], None]) -> None:
        if self._tracker is None:
            return
        try:
            call(self._tracker)
        except Exception as error:  # whatever breaks in a tracker must not break a run
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        LOGGER.warning(BROKEN, self._name, error, f"{LOG_NAME} has every record")
        self._tracker = None


def check_trackers(names: Sequence[str]) -> None:
    """Refuse a tracker whose package is missing, before hours of training."""
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise SettingError(
                f"trackers names {name!r}, which is not installed. Install it (`pip install "
                f"{name}`), or leave it out: {LOG_NAME} is always written."
            )


def open_trackers(
    folder: Path,
    *,
    names: Sequence[str],
    state: RunState,
    parameters: Mapping[str, Any],
    description: Description,
) -> list[Tracker]:
    """Open the JSON lines file and the named trackers for a run that is in ``state``."""
    history = state.history
    trackers: list[Tracker] = [JsonLinesTracker(folder, history=history)]
    if "tensorboard" in names:
        step = history[-1]["step"] if history else -1
        trackers.append(Guarded("tensorboard", lambda: TensorBoardTracker(folder, step=step)))
    if "mlflow" in names:
        opening = partial(
            MlflowTracker,
            folder,
            parameters=parameters,
            description=description,
            history=history,
            is_resumed=state.step > 0,
        )
        trackers.append(Guarded("mlflow", opening))
    return trackers


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"

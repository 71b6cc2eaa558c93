"""Where the figures of a run go: always a JSON lines file, further places by name.

A record is a flat mapping with ``event`` (``train``, ``validation``, ``message``), ``step`` and
figures. A resumed run first cuts the log back to its checkpoint, so that it reads as if nothing
had happened.
"""

import importlib.util
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from madang import storage
from madang.errors import SettingError
from madang.training.reporting.result import Record

LOG_NAME = "log.jsonl"


class Tracker(Protocol):
    """Somewhere to write records to."""

    def log(self, record: Record) -> None:
        """Write one record, or the figures in it."""

    def close(self) -> None:
        """Write what is not written yet, and let go of files and connections."""


class JsonLinesTracker:
    """Append each record to ``log.jsonl`` as one line of JSON, flushed at once."""

    def __init__(self, folder: Path, *, history: Sequence[Record]) -> None:
        path = folder / LOG_NAME
        storage.write_text(path, "".join(_line(record) for record in history))
        self._file = path.open("a", encoding="utf-8")

    def log(self, record: Record) -> None:
        self._file.write(_line(record))
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class TensorBoardTracker:
    """Write the numbers of each record into ``tensorboard/`` as scalars ``event/name``."""

    def __init__(self, folder: Path, *, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter

        # Figures after the checkpoint are written again, so TensorBoard has to forget them.
        self._writer: Any = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    def log(self, record: Record) -> None:
        for name, value in scalars(record).items():
            self._writer.add_scalar(name, value, record["step"])

    def close(self) -> None:
        self._writer.close()


class MlflowTracker:
    """Log to MLflow: to the server that ``MLFLOW_TRACKING_URI`` names, else into ``mlruns/``."""

    def __init__(self, folder: Path, *, settings: Mapping[str, Any]) -> None:
        import os

        import mlflow

        self._mlflow: Any = mlflow
        if "MLFLOW_TRACKING_URI" not in os.environ:
            self._mlflow.set_tracking_uri((folder.resolve() / "mlruns").as_uri())
        self._mlflow.start_run(run_name=folder.name)
        self._mlflow.log_params(dict(settings))

    def log(self, record: Record) -> None:
        figures = {name.replace("@", "_at_"): value for name, value in scalars(record).items()}
        if figures:
            self._mlflow.log_metrics(figures, step=record["step"])

    def close(self) -> None:
        self._mlflow.end_run()


def scalars(record: Record) -> dict[str, float]:
    """Return the figures of a record under ``event/name``.

    >>> scalars({"event": "train", "step": 3, "epoch": 0, "loss": 0.5, "text": "no number"})
    {'train/epoch': 0.0, 'train/loss': 0.5}
    """
    return {
        f"{record['event']}/{name}": float(value)
        for name, value in record.items()
        if name != "step" and isinstance(value, int | float)
    }


def check_trackers(names: Sequence[str]) -> None:
    """Refuse a tracker whose package is missing, before hours of training."""
    for name in names:
        if importlib.util.find_spec(name) is None:
            raise SettingError(
                f"trackers names {name!r}, which is not installed. Install it (`pip install "
                f"{name}`), or leave it out: {LOG_NAME} is always written."
            )


def open_trackers(
    folder: Path, *, names: Sequence[str], history: Sequence[Record], settings: Mapping[str, Any]
) -> list[Tracker]:
    """Open the JSON lines file and the named trackers for a run with the given past."""
    step = history[-1]["step"] if history else -1
    trackers: list[Tracker] = [JsonLinesTracker(folder, history=history)]
    if "tensorboard" in names:
        trackers.append(TensorBoardTracker(folder, step=step))
    if "mlflow" in names:
        trackers.append(MlflowTracker(folder, settings=settings))
    return trackers


def _line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"

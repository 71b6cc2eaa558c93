"""MLflow as a tracker: a server may hang, go away or never have been, and the run goes on.

MLflow is asked from a thread of its own, so no step waits for it. What it does not take is kept
and sent when it answers again; at the end of a run it gets half a minute. The number of its run is
kept in the run's folder, so a resumed run continues it; figures that it has are not sent again.
"""

import json
import logging
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from madang import storage, validation
from madang.training.reporting.description import Description
from madang.training.reporting.result import Outcome, Record, scalars

LOGGER = logging.getLogger("madang.training")
RUN_NAME = "mlflow.json"
DATABASE_NAME = "mlflow.db"
URI = "MLFLOW_TRACKING_URI"
# MLflow waits two minutes and asks eight times. Here it is asked again anyway, by and by.
PATIENCE = {
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": "60",
}
SECONDS_BETWEEN_TRIES = 15.0
SECONDS_AT_THE_END = 30.0
# The limits of one call to MLflow.
MOST_METRICS, MOST_PARAMETERS, MOST_LETTERS = 1000, 100, 500
STATUS = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
REFUSED = (
    "MLflow at %s does not take what this run tells it (%s). The run goes on, and log.jsonl has "
    "every figure; MLflow gets what it lacks when it answers again before the end."
)
INCOMPLETE = "MLflow at %s did not get all of this run; log.jsonl has every figure."


class MlflowTracker:
    """Log to the server or store that ``MLFLOW_TRACKING_URI`` names, else into ``mlflow.db``."""

    def __init__(
        self,
        folder: Path,
        *,
        parameters: Mapping[str, Any],
        description: Description,
        history: Sequence[Record],
        is_resumed: bool,
    ) -> None:
        self._store = Store(description.folder or folder)
        self._folder, self._is_resumed = folder, is_resumed
        self._name, self._parameters = description.name_of(folder), parameters
        self._records, self._num_sent = list(history), 0
        self._run: Any = None
        self._is_open = False
        self._last_steps: dict[str, int] = {}
        self._end: tuple[Outcome, Mapping[str, float]] | None = None
        self._is_complete = self._has_warned = False
        self._has_news, self._is_closing = threading.Event(), threading.Event()
        self._has_news.set()
        self._thread = threading.Thread(target=self._work, name="mlflow", daemon=True)
        self._thread.start()

    def log(self, record: Record) -> None:
        self._records.append(record)
        self._has_news.set()

    def close(self, outcome: Outcome, figures: Mapping[str, float]) -> None:
        self._end = outcome, figures
        self._is_closing.set()
        self._has_news.set()
        self._thread.join(SECONDS_AT_THE_END)
        if not self._is_complete:
            LOGGER.warning(INCOMPLETE, self._store.uri)

    def _work(self) -> None:
        """Send what there is, again and again, until the run has ended."""
        while not self._is_complete:
            self._has_news.wait()
            self._has_news.clear()
            is_last = self._is_closing.is_set()
            try:
                self._send()
            except Exception as error:  # whatever breaks here must not break a run
                self._warn(error)
                if is_last:
                    return
                self._has_news.set()
                self._is_closing.wait(SECONDS_BETWEEN_TRIES)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            LOGGER.warning(REFUSED, self._store.uri, short(error))
        self._has_warned = True

    def _send(self) -> None:
        from mlflow.entities import Metric

        if not self._is_open:
            self._open_run()
        client, run_id = self._store.client, self._run.info.run_id
        num_records, end = len(self._records), self._end
        now = time.time_ns() // 1_000_000
        metrics = [
            Metric(allowed(name), value, now, record["step"])
            for record in self._records[self._num_sent : num_records]
            if record["step"] > self._last_steps.get(record["event"], -1)
            for name, value in scalars(record).items()
        ]
        for start in range(0, len(metrics), MOST_METRICS):
            client.log_batch(run_id, metrics=metrics[start : start + MOST_METRICS])
        self._num_sent = num_records
        if end is not None:
            outcome, figures = end
            for name, value in figures.items():
                client.log_metric(run_id, allowed(name), value)
            client.set_terminated(run_id, STATUS[outcome])
            self._is_complete = True

    def _open_run(self) -> None:
        """Begin or continue a run, say what is not said yet, and find out what it has."""
        from mlflow.entities import Param

        client = self._store.client
        if self._run is None:
            self._run = self._earlier_run() or self._store.create_run(self._name)
        run_id, known = self._run.info.run_id, self._run.data.params
        self._store.keep_run(self._folder, run_id)
        client.update_run(run_id, status="RUNNING")
        missing = [
            Param(allowed(name), str(value)[:MOST_LETTERS])
            for name, value in self._parameters.items()
            if allowed(name) not in known
        ]
        for start in range(0, len(missing), MOST_PARAMETERS):
            client.log_batch(run_id, params=missing[start : start + MOST_PARAMETERS])
        for event in ("train", "validation"):
            steps = [each.step for each in client.get_metric_history(run_id, f"{event}/epoch")]
            self._last_steps[event] = max(steps, default=-1)
        self._is_open = True

    def _earlier_run(self) -> Any | None:
        """Return the run that is to be continued; end one that will never be."""
        run = self._store.find_run(self._folder)
        if run is None or self._is_resumed:
            return run
        if run.info.status == "RUNNING":
            self._store.client.set_terminated(run.info.run_id, "KILLED")
        return None


class Store:
    """Where MLflow keeps runs: what ``MLFLOW_TRACKING_URI`` names, else a database in ``home``."""

    def __init__(self, home: Path) -> None:
        self._home = home.resolve()
        self.uri = os.environ.get(URI) or f"sqlite:///{self._home / DATABASE_NAME}"
        self._client: Any = None
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)

    @property
    def client(self) -> Any:
        """MLflow's client, made at the first call: its import takes seconds."""
        if self._client is None:
            from mlflow import MlflowClient

            for name in ("mlflow", "alembic"):  # both tell how they set up a database
                logging.getLogger(name).setLevel(logging.WARNING)
            self._client = MlflowClient(tracking_uri=self.uri)
        return self._client

    @property
    def experiment_id(self) -> str:
        """The experiment that MLflow's own environment variables name, else ``madang``."""
        if os.environ.get("MLFLOW_EXPERIMENT_ID"):
            return os.environ["MLFLOW_EXPERIMENT_ID"]
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "madang"
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return str(found.experiment_id)
        # A store of our own keeps artifacts beside it; a server says itself where they go.
        own = None if os.environ.get(URI) else (self._home / "mlartifacts").as_uri()
        return str(self.client.create_experiment(name, artifact_location=own))

    def create_run(self, name: str) -> Any:
        """Begin a run and return it."""
        return self.client.create_run(self.experiment_id, run_name=name)

    def find_run(self, folder: Path) -> Any | None:
        """Return the run that ``folder`` names, if this store has it and it was not deleted."""
        from mlflow.exceptions import MlflowException

        path = folder / RUN_NAME
        if not path.is_file():
            return None
        try:
            run = self.client.get_run(str(validation.read_json(path)["run_id"]))
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None
        return run if run.info.lifecycle_stage == "active" else None

    def keep_run(self, folder: Path, run_id: str) -> None:
        """Write into ``folder`` which run of this store is its own."""
        content = {"run_id": run_id, "tracking_uri": self.uri}
        storage.write_text(folder / RUN_NAME, json.dumps(content) + "\n")


def track_model(folder: Path, checkpoint: Path, *, home: Path) -> None:
    """Give MLflow a finished checkpoint as an artifact of the run that ``folder`` names."""
    store = Store(home)
    try:
        run = store.find_run(folder)
        if run is not None:
            store.client.log_artifacts(run.info.run_id, str(checkpoint), checkpoint.name)
            return
        reason = f"it has no run of {folder}"
    except Exception as error:  # the checkpoint is there, whatever MLflow says
        reason = short(error)
    LOGGER.warning("MLflow at %s did not take the model %s (%s).", store.uri, checkpoint, reason)


def allowed(name: str) -> str:
    """Return a name of letters that MLflow allows.

    >>> allowed("validation/ndcg@10[full, unseen]")
    'validation/ndcg_at_10_full_ unseen'
    """
    return re.sub(r"[^\w\-. /:]", "_", name.replace("@", "_at_")).strip("_")


def short(error: Exception) -> str:
    """Return the beginning of what an error says."""
    lines = str(error).splitlines() or [type(error).__name__]
    return lines[0][:300]

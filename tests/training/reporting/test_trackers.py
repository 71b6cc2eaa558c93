"""Records reach every tracker; a missing one is refused before the run."""

import importlib.util
import json
import sys
import types

import pytest

from madang.errors import SettingError
from madang.training.reporting.journal import Journal
from madang.training.reporting.result import RunState
from madang.training.reporting.trackers import LOG_NAME, check_trackers, open_trackers

PAST = [
    {"event": "train", "step": 1, "loss": 2.0},
    {"event": "validation", "step": 1, "accuracy": 0.5},
]
RECORD = {"event": "train", "step": 2, "loss": 1.0, "text": "자라"}


def log_one(folder, *names):
    for tracker in open_trackers(folder, names=names, history=PAST, settings={"seed": 1}):
        tracker.log(RECORD)
        tracker.close()


def test_the_log_holds_the_past_of_the_run_and_nothing_after_its_checkpoint(tmp_path):
    (tmp_path / LOG_NAME).write_text('{"event": "train", "step": 9, "loss": 0.1}\n{"event": "tr')
    log_one(tmp_path)
    lines = (tmp_path / LOG_NAME).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [*PAST, RECORD]
    assert "자라" in lines[-1]


def test_tensorboard_gets_the_numbers(tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    log_one(tmp_path, "tensorboard")
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert events.Tags()["scalars"] == ["train/loss"]
    assert [(e.step, e.value) for e in events.Scalars("train/loss")] == [(2, 1.0)]


def test_mlflow_gets_settings_and_numbers(tmp_path, monkeypatch):
    calls = []
    mlflow = types.ModuleType("mlflow")
    mlflow.__spec__ = importlib.util.spec_from_loader("mlflow", None)
    for name in ("set_tracking_uri", "start_run", "log_params", "log_metrics", "end_run"):
        setattr(mlflow, name, lambda *a, _name=name, **k: calls.append((_name, a, k)))
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    log_one(tmp_path, "mlflow")
    names = [name for name, _, _ in calls]
    assert names == ["set_tracking_uri", "start_run", "log_params", "log_metrics", "end_run"]
    assert calls[2][1] == ({"seed": 1},)
    assert calls[3][1:] == (({"train/loss": 1.0},), {"step": 2})


def test_a_tracker_that_is_not_installed_is_refused_with_the_way_out(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(SettingError, match=r"'mlflow', which is not installed.*pip install mlflow"):
        check_trackers(["mlflow"])


def test_speed_leaves_out_the_time_of_evaluations(tmp_path, training_settings, monkeypatch):
    """The clock is ours: 100 tokens in 2 s, and an evaluation of 50 s in between."""
    from madang.training.reporting import journal as module

    now = 0.0
    monkeypatch.setattr(module.time, "perf_counter", lambda: now)  # type: ignore[attr-defined]
    state = RunState(step=1)
    journal = Journal(
        folder=tmp_path, state=state, settings=training_settings(), num_steps=9, is_kept=True
    )
    now = 1.0
    journal.count(loss_sum=30.0, num_items=20, num_tokens=60)
    with journal.pause():
        now = 51.0
    now = 52.0
    journal.count(loss_sum=10.0, num_items=20, num_tokens=40)
    journal.note_training(epoch=0, learning_rate=0.1, gradient_norm=2.0)
    journal.close()
    record = json.loads((tmp_path / LOG_NAME).read_text())
    assert record["tokens_per_second"] == 50.0
    assert record["loss"] == 1.0
    assert (state.loss_sum, state.num_items) == (0.0, 0.0)

"""Records reach every tracker; a missing one is refused before the run."""

import contextlib
import json
import sys
import types
from pathlib import Path

import pytest
import torch

from madang import storage
from madang.errors import SettingError
from madang.models.bert import BertConfig, BertEncoder
from madang.recipes.recommendation import RecommendationRecipe
from madang.training.reporting import journal as journal_module
from madang.training.reporting.description import Description
from madang.training.reporting.journal import Journal
from madang.training.reporting.result import RunState
from madang.training.reporting.trackers import LOG_NAME, Guarded, check_trackers, open_trackers

PAST = [
    {"event": "train", "step": 1, "loss": 2.0},
    {"event": "validation", "step": 1, "accuracy": 0.5},
]
RECORD = {"event": "train", "step": 2, "loss": 1.0, "text": "자라"}


def open_all(folder, *names):
    return open_trackers(
        folder,
        names=names,
        state=RunState(step=1, history=list(PAST)),
        parameters={"seed": 1},
        description=Description(),
    )


def log_one(folder, *names):
    for tracker in open_all(folder, *names):
        tracker.log(RECORD)
        tracker.close("finished", {})


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


def test_a_full_disk_ends_no_run_and_the_log_is_whole_once_there_is_room(
    tmp_path, monkeypatch, caplog
):
    """Half a line is on the disk when it is full; two records wait until there is room."""
    (log,) = open_all(tmp_path)
    vars(log)["_file"].close()
    vars(log)["_file"] = FullDisk(tmp_path / LOG_NAME)
    log.log(RECORD)
    with monkeypatch.context() as full:
        full.setattr(storage, "write_text", no_space)
        log.log({**RECORD, "step": 3})
    log.log({**RECORD, "step": 4})
    log.close("finished", {})
    lines = (tmp_path / LOG_NAME).read_text(encoding="utf-8").splitlines()
    expected = [*PAST, *({**RECORD, "step": step} for step in (2, 3, 4))]
    assert [json.loads(line) for line in lines] == expected
    assert caplog.text.count("could not be written") == 1


def no_space(*_):
    raise OSError(28, "No space left on device")


class FullDisk:
    """A file that takes half a line."""

    def __init__(self, path):
        self._file = path.open("a", encoding="utf-8")

    def write(self, line):
        self._file.write(line[: len(line) // 2])
        self._file.flush()

    def flush(self):
        no_space()

    def close(self):
        self._file.close()


@pytest.mark.parametrize("breaks", ["opening", "log"])
def test_a_tracker_that_breaks_is_warned_of_once_and_left_alone(breaks, monkeypatch, caplog):
    def opening():
        if breaks == "opening":
            no_space()
        return types.SimpleNamespace(log=no_space, close=lambda *_: pytest.fail("asked again"))

    tracker = Guarded("tensorboard", opening)
    tracker.log(RECORD)
    tracker.log(RECORD)
    tracker.close("finished", {})
    assert caplog.text.count("tensorboard could not be written") == 1


@pytest.mark.parametrize(
    ("error", "outcome"), [(None, "finished"), (ValueError(), "failed"), (SystemExit(), "stopped")]
)
def test_trackers_are_told_how_a_run_ended_and_its_best_figures(
    tmp_path, training_settings, monkeypatch, error, outcome
):
    told = []
    tracker = types.SimpleNamespace(
        log=lambda record: None, close=lambda *arguments: told.append(arguments)
    )
    monkeypatch.setattr(journal_module, "open_trackers", lambda *_, **__: [tracker])
    state = RunState(step=1, best_step=1, seconds=5.0, history=list(PAST))
    journal = Journal(
        folder=tmp_path, state=state, settings=training_settings(), num_steps=9, is_kept=True
    )
    with contextlib.suppress(ValueError, SystemExit), journal:
        if error is not None:
            raise error
    best = {"seconds": 5.0, "best/accuracy": 0.5}
    assert told == [(outcome, best if error is None else {})]


def test_a_description_names_recipe_sizes_data_and_shares():
    model = torch.nn.ModuleDict({"ads": BertEncoder(BertConfig(vocab_size=9, num_hidden_layers=2))})
    recipe = RecommendationRecipe(name="gifts", interactions="gifthub", share=0.3)
    description = Description.of(recipe, Path("runs/gifts"))
    found = description.parameters(model, {"num_epochs": 3})
    assert found["recipe.share"] == 0.3
    assert found["recipe.interactions"] == "gifthub"
    assert found["recipe.model.hidden_dropout_prob"] == recipe.model.hidden_dropout_prob
    assert (found["model.num_hidden_layers"], found["num_epochs"]) == (2, 3)
    assert description.name_of(Path("runs/gifts/run")) == "gifts/run"


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
    with journal:
        journal.note_training(epoch=0, learning_rate=0.1, gradient_norm=2.0)
    record = json.loads((tmp_path / LOG_NAME).read_text())
    assert record["tokens_per_second"] == 50.0
    assert record["loss"] == 1.0
    assert (state.loss_sum, state.num_items) == (0.0, 0.0)

"""A real process is killed, told to end, and resumed: nothing that matters is lost or changed."""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors import safe_open

SCRIPT = Path(__file__).parents[1] / "tiny_run.py"
TIME_OR_SPEED = ("tokens_per_second",)


def go(folder: Path):
    return runpy.run_path(str(SCRIPT))["go"](folder, dropout=0.5)


def start(folder: Path, *further: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), "0.02", "0.5", *further],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def logged_steps(folder: Path) -> int:
    """Return the last whole step in the log, 0 where there is none."""
    path = folder / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    whole = [json.loads(line) for line in lines if line.endswith("\n")]
    return whole[-1]["step"] if whole else 0


def wait_for_step(process: subprocess.Popen[str], folder: Path, step: int) -> None:
    deadline = time.monotonic() + 300
    while logged_steps(folder) < step:
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_for_file(process: subprocess.Popen[str], path: Path) -> None:
    deadline = time.monotonic() + 300
    while not path.exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def saved_step(folder: Path) -> int:
    with safe_open(folder / "last.safetensors", framework="pt") as file:
        return json.loads(file.metadata()["record"])["state"]["step"]


def without_speed(history):
    return [{k: v for k, v in record.items() if k not in TIME_OR_SPEED} for record in history]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return go(tmp_path_factory.mktemp("uninterrupted"))


def test_a_killed_and_a_terminated_run_give_the_losses_of_one_never_stopped(
    tmp_path, uninterrupted
):
    process = start(tmp_path)
    wait_for_step(process, tmp_path, 12)
    process.kill()
    process.communicate()
    reached = logged_steps(tmp_path)
    assert process.returncode == -signal.SIGKILL
    assert reached - 5 <= saved_step(tmp_path) <= reached + 1

    process = start(tmp_path)
    wait_for_step(process, tmp_path, 24)
    process.terminate()
    _, stderr = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert "Traceback" not in stderr
    assert saved_step(tmp_path) == logged_steps(tmp_path) < 40

    result, model = go(tmp_path)
    expected, expected_model = uninterrupted
    assert without_speed(result.history) == without_speed(expected.history)
    for name, weight in expected_model.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert without_speed(map(json.loads, lines)) == without_speed(expected.history)
    assert (result.best_step, result.best_metric) == (expected.best_step, expected.best_metric)
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize(
    ("number", "step", "signal_number"),
    [(1, 13, signal.SIGTERM), (2, 26, signal.SIGINT), (4, 44, signal.SIGTERM)],
    ids=["the first", "one between, by Ctrl-C", "the last"],
)
def test_a_signal_ends_an_evaluation_at_once_and_the_resumed_run_repeats_it(
    tmp_path, uninterrupted, number, step, signal_number
):
    """The evaluation would take an hour; what the process saved is the step that it follows."""
    process = start(tmp_path, "3600", str(number))
    wait_for_file(process, tmp_path / "evaluating")
    process.send_signal(signal_number)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal_number
    assert "Traceback" not in stderr
    assert "Its evaluation was broken off" in stderr
    assert saved_step(tmp_path) == logged_steps(tmp_path) == step

    result, model = go(tmp_path)
    expected, expected_model = uninterrupted
    assert without_speed(result.history) == without_speed(expected.history)
    assert (result.best_step, result.best_metric) == (expected.best_step, expected.best_metric)
    for name, weight in expected_model.state_dict().items():
        assert torch.equal(model.state_dict()[name], weight), name


def test_a_signal_while_the_end_is_written_is_not_forgotten(tmp_path, monkeypatch, uninterrupted):
    """Another part of the recipe would begin else, and train for hours."""
    from madang.training.loop import loop

    monkeypatch.setattr(loop, "draw_learning_curves", lambda *_: signal.raise_signal(15))
    with pytest.raises(SystemExit) as stopped:
        go(tmp_path)
    assert stopped.value.code == 128 + signal.SIGTERM
    monkeypatch.undo()
    result, _ = go(tmp_path)
    assert result.is_finished
    assert without_speed(result.history) == without_speed(uninterrupted[0].history)


def test_a_full_disk_while_saving_leaves_the_old_state(tmp_path, monkeypatch, uninterrupted):
    """The run fails, its last checkpoint stays whole, and it goes on once there is room."""
    from madang.training.loop import checkpoint

    save_file, num_saves = checkpoint.save_file, 0  # type: ignore[attr-defined]

    def full_disk(tensors, path, metadata):
        nonlocal num_saves
        num_saves += 1
        if num_saves == 4:
            Path(path).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        save_file(tensors, path, metadata)

    monkeypatch.setattr(checkpoint, "save_file", full_disk)
    with pytest.raises(OSError, match="No space left"):
        go(tmp_path)
    assert saved_step(tmp_path) > 0
    monkeypatch.setattr(checkpoint, "save_file", save_file)
    result, _ = go(tmp_path)
    assert without_speed(result.history) == without_speed(uninterrupted[0].history)


def test_nothing_is_pickled(tmp_path, uninterrupted):
    source = Path(__file__).parents[3] / "src" / "madang" / "training"
    text = "".join(path.read_text() for path in source.rglob("*.py"))
    assert "torch.load(" not in text
    assert "torch.save(" not in text
    assert "import pickle" not in text
    assert "object_list" not in text

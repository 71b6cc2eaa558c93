"""A model in parts over two processes learns what a whole one learns, and goes on as one."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from madang.training.settings import UselessSettingWarning

SCRIPT = Path(__file__).with_name("sharded_run.py")
SPEC = importlib.util.spec_from_file_location("sharded_run", SCRIPT)
sharded_run = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(sharded_run)
# Sums over two processes round otherwise than sums over one; 24 steps carry that on.
TOLERANCE = 1e-4


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(sharded_run.Watched, "fails_at_call", None)
    monkeypatch.setattr(sharded_run.Watched, "num_calls", 0)


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """One process with the whole model, never stopped."""
    return sharded_run.go(tmp_path_factory.mktemp("alone"))


def start_two(folder, *, seconds=0.0):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    return subprocess.Popen(
        [*command, str(SCRIPT), str(folder), "fsdp2", str(seconds)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def logged_steps(folder):
    path = folder / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    whole = [json.loads(line) for line in lines if line.endswith("\n")]
    return whole[-1]["step"] if whole else 0


def check_same(found, expected):
    """Compare two runs record by record, and the weights that they ended with."""
    (result, model), (expected_result, expected_model) = found, expected
    assert result.best_step == expected_result.best_step
    for one, two in zip(result.history, expected_result.history, strict=True):
        assert (one["event"], one["step"]) == (two["event"], two["step"])
        for name in ("loss", "gradient_norm", "accuracy"):
            assert one.get(name, 0.0) == pytest.approx(two.get(name, 0.0), abs=TOLERANCE)
    for name, weight in expected_model.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], weight, rtol=0, atol=10 * TOLERANCE)


def test_two_processes_go_on_with_parts_where_one_with_the_whole_was_stopped(
    alone, tmp_path, monkeypatch
):
    monkeypatch.setattr(sharded_run.Watched, "fails_at_call", 11)
    with pytest.raises(InterruptedError):
        sharded_run.go(tmp_path)
    process = start_two(tmp_path)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    check_same(sharded_run.go(tmp_path), alone)
    held = [(tmp_path / f"held-{rank}").read_text().split() for rank in (0, 1)]
    num_parameters = sum(parameter.numel() for parameter in alone[1].parameters())
    assert all(int(number) < 0.55 * num_parameters for number, _ in held)
    assert sum(int(number) for number, _ in held) >= num_parameters
    # At the end each process has the whole model again.
    expected = sum(float(p.detach().double().sum()) for p in alone[1].parameters())
    assert [float(total) for _, total in held] == pytest.approx([expected] * 2, abs=0.1)


def test_one_process_goes_on_where_two_with_parts_were_killed(alone, tmp_path):
    process = start_two(tmp_path, seconds=0.05)
    deadline = time.monotonic() + 300
    while logged_steps(tmp_path) < 10:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (tmp_path / "last.safetensors").exists()
    check_same(sharded_run.go(tmp_path), alone)


def test_parts_without_other_processes_are_said_to_be_useless(tmp_path):
    with pytest.warns(UselessSettingWarning, match="sharding has no effect: there is one process"):
        sharded_run.go(tmp_path, sharding="fsdp2")

"""Two processes under torchrun do what one does."""

import json
import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import torch
from safetensors import safe_open

from madang.training.device.distributed import World
from madang.training.reporting.trackers import LOG_NAME

SCRIPT = Path(__file__).parents[1] / "tiny_run.py"
TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]


def test_two_gloo_processes_give_the_weights_of_one(tmp_path):
    """Batches of 5 give shares of 3 and 2, the last of an epoch 1 and 0: weighting matters."""
    module = runpy.run_path(str(SCRIPT))
    alone, expected = module["go"](tmp_path / "alone", dropout=0.0)
    finished = subprocess.run(
        [*TORCHRUN, str(SCRIPT), str(tmp_path / "together"), "0", "0"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    together, model = module["go"](tmp_path / "together", dropout=0.0)
    assert (together.step, together.best_step) == (alone.step, alone.best_step)
    for name, weight in expected.state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], weight, rtol=1e-4, atol=1e-6)
    for one, two in zip(alone.history, together.history, strict=True):
        assert abs(one.get("loss", 0) - two.get("loss", 0)) < 1e-5
        assert abs(one.get("gradient_norm", 0) - two.get("gradient_norm", 0)) < 1e-5
    assert len((tmp_path / "together" / LOG_NAME).read_text().splitlines()) == len(alone.history)


def test_a_signal_in_an_evaluation_ends_every_process_with_one_whole_checkpoint(tmp_path):
    """The first process evaluates, for an hour, and the other waits for it."""
    process = subprocess.Popen(
        [*TORCHRUN, str(SCRIPT), str(tmp_path), "0", "0", "3600", "1"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "evaluating").exists():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.terminate()
    _, stderr = process.communicate(timeout=25)  # torchrun itself kills after thirty seconds
    assert "Its evaluation was broken off" in stderr
    with safe_open(tmp_path / "last.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["record"])["state"]["step"] == 13


def test_shares_cover_a_batch_and_do_not_overlap():
    batch = list(range(7))
    shares = [World(rank=r, size=3, device=torch.device("cpu")).share(batch) for r in range(3)]
    assert sorted(index for share in shares for index in share) == batch

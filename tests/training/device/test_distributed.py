"""Two processes under torchrun do what one does."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import torch

from madang.training.device.distributed import World
from madang.training.reporting.trackers import LOG_NAME

SCRIPT = Path(__file__).parents[1] / "tiny_run.py"


def test_two_gloo_processes_give_the_weights_of_one(tmp_path):
    """Batches of 5 give shares of 3 and 2, the last of an epoch 1 and 0: weighting matters."""
    module = runpy.run_path(str(SCRIPT))
    alone, expected = module["go"](tmp_path / "alone", dropout=0.0)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    finished = subprocess.run(
        [*command, str(SCRIPT), str(tmp_path / "together"), "0", "0"],
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


def test_shares_cover_a_batch_and_do_not_overlap():
    batch = list(range(7))
    shares = [World(rank=r, size=3, device=torch.device("cpu")).share(batch) for r in range(3)]
    assert sorted(index for share in shares for index in share) == batch

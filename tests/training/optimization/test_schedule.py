"""Schedules against the formulas of their papers and against PyTorch's own."""

import itertools
import math
from typing import get_args

import pytest
import torch

from madang.training.optimization.schedule import learning_rate_factor
from madang.training.settings import ScheduleName


def curve(schedule, *, warmup_steps=10, num_steps=100):
    return [
        learning_rate_factor(
            step, schedule=schedule, warmup_steps=warmup_steps, num_steps=num_steps
        )
        for step in range(num_steps)
    ]


@pytest.mark.parametrize("schedule", get_args(ScheduleName))
def test_the_rate_rises_to_its_peak_once_and_never_again(schedule):
    factors = curve(schedule)
    assert factors[0] == 0.1
    assert factors[9] == 1.0
    assert all(one < two for one, two in itertools.pairwise(factors[:10]))
    assert all(one >= two for one, two in itertools.pairwise(factors[9:]))
    assert min(factors) > 0
    assert max(factors) == 1.0


def test_cosine_is_that_of_pytorch():
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=90)
    expected = []
    for _ in range(90):
        expected.append(reference.get_last_lr()[0])
        optimizer.step()
        reference.step()
    assert curve("cosine")[10:] == pytest.approx(expected)


def test_inverse_square_root_is_that_of_the_paper():
    """lrate = min(step^-0.5, step * warmup^-1.5), scaled to a peak of 1 (Vaswani 2017, 5.3)."""
    expected = [min(step**-0.5, step * 10**-1.5) * math.sqrt(10) for step in range(1, 101)]
    assert curve("inverse_square_root") == pytest.approx(expected)


@pytest.mark.parametrize("schedule", get_args(ScheduleName))
def test_no_warmup_and_one_step_are_allowed(schedule):
    assert curve(schedule, warmup_steps=0, num_steps=1) == [1.0]
    assert curve(schedule, warmup_steps=1, num_steps=1) == [1.0]

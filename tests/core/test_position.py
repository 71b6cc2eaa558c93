"""Positions: waves by their formula, and the limits."""

import math

import pytest
import torch

from madang.core.position import LearnedPosition, SinusoidalPosition
from madang.core.rotary import RotaryPosition
from madang.errors import SettingError


@pytest.mark.parametrize("width", [2, 8, 7])
def test_waves_follow_the_formula_sines_first(width):
    table = SinusoidalPosition(10, width)(10)
    num_sines = math.ceil(width / 2)
    for position in range(10):
        for index in range(width):
            wave, pair = (math.sin, index) if index < num_sines else (math.cos, index - num_sines)
            expected = wave(position / 10_000 ** (2 * pair / width))
            assert float(table[position, index]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("position", [LearnedPosition(9, 4), SinusoidalPosition(9, 4)])
def test_a_start_gives_the_later_positions(position):
    assert torch.equal(position(3, start=4), position(9)[4:7])


@pytest.mark.parametrize(
    "ask",
    [
        lambda: LearnedPosition(9, 4)(10),
        lambda: SinusoidalPosition(9, 4)(1, start=9),
        lambda: RotaryPosition(9, 4)(torch.zeros(1, 1, 4, 4), start=6),
    ],
)
def test_more_positions_than_there_are_is_refused(ask):
    with pytest.raises(SettingError, match="The input has 10 positions; this model has 9"):
        ask()


def test_fixed_positions_are_no_weights():
    assert SinusoidalPosition(9, 4).state_dict() == {}
    assert RotaryPosition(9, 4).state_dict() == {}
    assert list(LearnedPosition(9, 4).state_dict()) == ["weight"]

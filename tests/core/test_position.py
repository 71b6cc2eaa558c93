"""Positions: rotations as complex numbers, waves by their formula, and the limits."""

import cmath
import math

import pytest
import torch

from madang.core.position import LearnedPosition, RotaryPosition, SinusoidalPosition
from madang.errors import SettingError


def test_a_rotation_is_a_product_of_complex_numbers():
    rotary, vectors = RotaryPosition(12, 6, base=100.0), torch.randn(1, 1, 12, 6)
    turned = rotary(vectors)
    for position in range(12):
        for pair in range(3):
            number = complex(vectors[0, 0, position, pair], vectors[0, 0, position, pair + 3])
            angle = position / 100.0 ** (2 * pair / 6)
            expected = number * cmath.exp(1j * angle)
            found = complex(turned[0, 0, position, pair], turned[0, 0, position, pair + 3])
            assert abs(found - expected) < 1e-5


@pytest.mark.parametrize("shift", [1, 5, 40])
def test_a_turned_product_depends_on_the_distance_alone(shift):
    rotary, query, key = RotaryPosition(64, 8), torch.randn(8), torch.randn(8)

    def product(asking, answering):
        at = [
            rotary(vector.view(1, 1, 1, 8), start=start)
            for vector, start in ((query, asking), (key, answering))
        ]
        return float((at[0] * at[1]).sum())

    for asking, answering in [(0, 0), (7, 3), (12, 20)]:
        assert product(asking + shift, answering + shift) == pytest.approx(
            product(asking, answering), abs=1e-4
        )
    assert abs(product(9, 0) - product(0, 0)) > 1e-2


def test_a_rotation_keeps_lengths_and_starts_with_none():
    rotary, vectors = RotaryPosition(16, 8), torch.randn(2, 3, 16, 8)
    turned = rotary(vectors)
    torch.testing.assert_close(turned.norm(dim=-1), vectors.norm(dim=-1))
    assert torch.equal(turned[:, :, 0], vectors[:, :, 0])


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

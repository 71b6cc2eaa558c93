"""Rotary positions as complex numbers, and their scalings beside those of transformers."""

import cmath
import math

import pytest
import torch
import transformers
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from madang.core.position import periods
from madang.core.rotary import DynamicScaling, LinearScaling, PartwiseScaling, RotaryPosition


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


NUMBERS = {
    "linear": {"factor": 4.0},
    "dynamic": {"factor": 4.0},
    "llama3": {
        "factor": 8.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 64,
    },
}
SCALINGS = {
    "linear": LinearScaling(factor=4.0),
    "dynamic": DynamicScaling(factor=4.0, original_positions=64),
    "llama3": PartwiseScaling(
        factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_positions=64
    ),
}


@pytest.mark.parametrize("kind", SCALINGS)
@pytest.mark.parametrize("length", [10, 64, 100, 256])
def test_a_scaling_is_that_of_transformers(kind, length):
    config = transformers.LlamaConfig(
        hidden_size=64,
        num_attention_heads=2,
        max_position_embeddings=64,
        rope_parameters={"rope_type": kind, "rope_theta": 500.0, **NUMBERS[kind]},
    )
    expected_R, _ = ROPE_INIT_FUNCTIONS[kind](config, seq_len=length)
    period_R = SCALINGS[kind](periods(32, base=500.0), length=length)
    torch.testing.assert_close(1 / period_R, expected_R.double(), rtol=2e-6, atol=0)


def test_a_linear_scaling_puts_a_text_between_the_positions_of_the_training():
    plain = RotaryPosition(16, 8)
    scaled = RotaryPosition(64, 8, scaling=LinearScaling(factor=4.0))
    vector = torch.randn(1, 1, 1, 8)
    for position in range(16):
        torch.testing.assert_close(
            scaled(vector, start=4 * position), plain(vector, start=position)
        )


def test_a_dynamic_scaling_leaves_texts_as_long_as_in_training_alone():
    plain = RotaryPosition(16, 8)
    scaled = RotaryPosition(64, 8, scaling=DynamicScaling(factor=4.0, original_positions=16))
    vectors = torch.randn(1, 1, 17, 8)
    assert torch.equal(scaled(vectors[:, :, :16]), plain(vectors[:, :, :16]))
    assert not torch.equal(scaled(vectors)[:, :, :16], plain(vectors[:, :, :16]))


def test_a_period_is_short_long_or_between():
    period_R = torch.tensor([1.0, 64 / (2 * math.pi * 2), 1000.0], dtype=torch.float64)
    ratio_R = SCALINGS["llama3"](period_R, length=1) / period_R
    # Two turns in the training lie at a third of the ramp from one to four.
    expected = [1.0, 1 / (1 / 3 + (2 / 3) / 8), 8.0]
    assert ratio_R.tolist() == pytest.approx(expected, rel=1e-12)

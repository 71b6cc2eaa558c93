"""Blocks, norms, feed-forward parts and the cache, each against its formula."""

import pytest
import torch
from torch import nn
from torch.nn import LayerNorm, functional

from madang.core.activation import ACTIVATIONS, activation
from madang.core.attention import Attention
from madang.core.block import Block, Residual
from madang.core.feed_forward import FeedForward, GatedFeedForward
from madang.core.mask import AttentionMask
from madang.core.norm import RootMeanSquareNorm
from madang.errors import SettingError


def test_the_place_of_the_norm_is_data():
    part, norm, hidden = nn.Linear(6, 6), LayerNorm(6), torch.randn(2, 3, 6)
    nn.init.normal_(norm.weight)
    before = Residual(part, norm_before=norm)(hidden)
    after = Residual(part, norm_after=norm)(hidden)
    torch.testing.assert_close(before, hidden + part(norm(hidden)))
    torch.testing.assert_close(after, norm(hidden + part(hidden)))
    assert list(Residual(part, norm_after=norm).state_dict()) == [
        "part.weight",
        "part.bias",
        "norm_after.weight",
        "norm_after.bias",
    ]


def test_a_block_is_its_parts_one_after_another():
    attention, mask = Attention(hidden_size=8, num_heads=2), AttentionMask(is_causal=True)
    cross = Attention(hidden_size=8, num_heads=4)
    feed_forward = FeedForward(hidden_size=8, intermediate_size=12, activation=activation("relu"))
    block = Block(
        attention=Residual(attention),
        cross_attention=Residual(cross),
        feed_forward=Residual(feed_forward),
    )
    hidden, source = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    memory_mask = AttentionMask(
        visible=torch.tensor([True, True, False, True, False])[None, None, None]
    )
    found = block(
        hidden, mask=mask, memory=block.memory_key_values(source), memory_mask=memory_mask
    )
    expected = hidden + attention(hidden, mask=mask)
    expected = expected + cross(expected, memory=cross.key_values(source), mask=memory_mask)
    expected = expected + feed_forward(expected)
    torch.testing.assert_close(found, expected)


def test_feed_forward_is_two_maps_with_an_activation_between():
    part = FeedForward(hidden_size=4, intermediate_size=6, activation=activation("gelu"))
    hidden = torch.randn(1, 2, 4)
    wide = hidden @ part.up.weight.T + part.up.bias
    wide = 0.5 * wide * (1 + torch.erf(wide / 2**0.5))
    torch.testing.assert_close(part(hidden), wide @ part.down.weight.T + part.down.bias)


def test_a_gate_multiplies():
    part = GatedFeedForward(hidden_size=4, intermediate_size=6, activation=activation("silu"))
    hidden = torch.randn(1, 2, 4)
    gate = hidden @ part.gate.weight.T
    wide = gate * torch.sigmoid(gate) * (hidden @ part.up.weight.T)
    torch.testing.assert_close(part(hidden), wide @ part.down.weight.T)


def test_the_root_mean_square_norm_divides_by_it():
    norm, hidden = RootMeanSquareNorm(8, eps=1e-5), torch.randn(2, 3, 8)
    nn.init.normal_(norm.weight)
    scale = (sum(hidden[..., index] ** 2 for index in range(8)) / 8 + 1e-5) ** 0.5
    torch.testing.assert_close(norm(hidden), hidden / scale[..., None] * norm.weight)
    torch.testing.assert_close(
        norm(hidden), functional.rms_norm(hidden, (8,), norm.weight, eps=1e-5)
    )


def test_the_root_mean_square_norm_keeps_its_statistics_wide():
    large = torch.full((1, 1, 8), 6e4, dtype=torch.float16)
    norm = RootMeanSquareNorm(8).half()
    assert norm(large).dtype == torch.float16
    torch.testing.assert_close(norm(large), torch.ones_like(large))


def test_an_unknown_activation_lists_the_known_ones():
    with pytest.raises(SettingError, match="'gelo' is not known; known are gelu, gelu_new"):
        activation("gelo")
    for name in ACTIVATIONS:
        assert activation(name)(torch.zeros(1)).item() == 0

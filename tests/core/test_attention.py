"""Attention against sums written out by hand, and its laws."""

import math

import pytest
import torch
from torch.nn import functional

from madang.core.attention import Attention, attention_by_products
from madang.core.cache import KeyValues
from madang.core.mask import AttentionMask, causal_matrix
from madang.core.rotary import RotaryPosition
from madang.errors import SettingError

EQUAL = {"rtol": 0, "atol": 1e-5}


def by_hand(attention, asking, answering, may_see):
    """Compute attention for one text with loops over heads and positions."""
    num_heads, group = attention.num_heads, attention.num_heads // attention.num_key_value_heads
    query, key = attention.query(asking), attention.key(answering)
    value = attention.value(answering)
    width = query.shape[-1] // num_heads
    rows = []
    for t in range(len(asking)):
        heads = []
        for head in range(num_heads):
            shared = head // group
            mine = query[t, head * width : (head + 1) * width]
            seen = [s for s in range(len(answering)) if may_see(t, s)]
            weights = [
                math.exp(float(mine @ key[s, shared * width : (shared + 1) * width]) / width**0.5)
                for s in seen
            ]
            gathered = torch.zeros(width)
            for weight, s in zip(weights, seen, strict=True):
                part = value[s, shared * width : (shared + 1) * width]
                gathered += weight / sum(weights) * part
            heads.append(gathered)
        rows.append(attention.output(torch.cat(heads)))
    return torch.stack(rows)


@pytest.mark.parametrize("num_key_value_heads", [None, 4, 2, 1])
@torch.inference_mode()
def test_attention_equals_the_sum_written_out(num_key_value_heads):
    attention = Attention(
        hidden_size=12, num_heads=4, num_key_value_heads=num_key_value_heads
    ).eval()
    hidden = torch.randn(2, 5, 12)
    mask = torch.rand(2, 1, 5, 5) > 0.4
    mask |= torch.eye(5, dtype=torch.bool)
    found = attention(hidden, mask=AttentionMask(visible=mask))
    for text in range(2):
        expected = by_hand(
            attention, hidden[text], hidden[text], lambda t, s, text=text: mask[text, 0, t, s]
        )
        torch.testing.assert_close(found[text], expected, **EQUAL)


@torch.inference_mode()
def test_causal_sight_is_the_mask_that_looks_back():
    attention = Attention(hidden_size=12, num_heads=3).eval()
    hidden = torch.randn(1, 6, 12)
    expected = by_hand(attention, hidden[0], hidden[0], lambda t, s: s <= t)
    for mask in (AttentionMask(is_causal=True), AttentionMask(visible=causal_matrix(6, 6))):
        torch.testing.assert_close(attention(hidden, mask=mask)[0], expected, **EQUAL)


@torch.inference_mode()
def test_attention_to_a_memory_takes_keys_and_values_from_there():
    attention = Attention(hidden_size=8, num_heads=2).eval()
    hidden, source = torch.randn(1, 3, 8), torch.randn(1, 7, 8)
    found = attention(hidden, memory=attention.key_values(source))
    expected = by_hand(attention, hidden[0], source[0], lambda t, s: True)
    torch.testing.assert_close(found[0], expected, **EQUAL)


@pytest.mark.parametrize("rotary", [False, True])
@torch.inference_mode()
def test_grouped_heads_equal_the_same_heads_repeated(rotary):
    turn = RotaryPosition(9, 4) if rotary else None
    grouped = Attention(hidden_size=16, num_heads=4, num_key_value_heads=2, rotary=turn).eval()
    full = Attention(hidden_size=16, num_heads=4, rotary=turn).eval()
    weights = grouped.state_dict()
    for name in ("key.weight", "key.bias", "value.weight", "value.bias"):
        heads = weights[name].unflatten(0, (2, 4))
        weights[name] = heads.repeat_interleave(2, dim=0).flatten(0, 1)
    full.load_state_dict(weights)
    hidden, mask = torch.randn(2, 9, 16), AttentionMask(is_causal=True)
    torch.testing.assert_close(grouped(hidden, mask=mask), full(hidden, mask=mask), **EQUAL)


@torch.inference_mode()
def test_without_positions_the_order_of_what_is_seen_does_not_matter():
    attention = Attention(hidden_size=8, num_heads=2).eval()
    hidden, order = torch.randn(1, 6, 8), torch.randperm(6)
    torch.testing.assert_close(attention(hidden[:, order]), attention(hidden)[:, order], **EQUAL)


@pytest.mark.parametrize("num_key_value_heads", [4, 2])
def test_plain_products_equal_the_kernel_forward_and_back(num_key_value_heads):
    visible = torch.rand(2, 1, 5, 7) > 0.4
    visible[..., 0] = True
    masks = [AttentionMask(), AttentionMask(visible=visible), AttentionMask(is_causal=True)]
    for mask in masks:
        query = torch.randn(2, 4, 5, 6, requires_grad=True)
        key, value = (torch.randn(2, num_key_value_heads, 7, 6, requires_grad=True) for _ in "kv")
        if mask.is_causal:
            key, value = key[:, :, :5], value[:, :, :5]
        expected = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask.visible, is_causal=mask.is_causal, enable_gqa=True
        )
        found = attention_by_products(query, KeyValues(key, value), mask=mask)
        torch.testing.assert_close(found, expected, **EQUAL)
        direction = torch.randn_like(found)
        slopes = [
            torch.autograd.grad((answer * direction).sum(), (query, key, value), retain_graph=True)
            for answer in (found, expected)
        ]
        torch.testing.assert_close(slopes[0], slopes[1], **EQUAL)


def test_training_in_bfloat16_stays_close_to_training_in_full_precision():
    attention = Attention(hidden_size=16, num_heads=4, num_key_value_heads=2)
    hidden, mask = torch.randn(2, 9, 16), AttentionMask(is_causal=True)
    attention(hidden, mask=mask).square().sum().backward()
    exact = {name: weight.grad.clone() for name, weight in attention.named_parameters()}
    attention.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        answer = attention(hidden, mask=mask)
    answer.float().square().sum().backward()
    for name, weight in attention.named_parameters():
        # Adding the same to all keys changes no weight, so the slope of their offset is zero.
        error = (weight.grad - exact[name]).norm() / exact["output.weight"].norm()
        assert error < 0.02, name


def test_dropout_zero_gives_the_same_in_training_and_after():
    attention, hidden = Attention(hidden_size=8, num_heads=2), torch.randn(1, 6, 8)
    # Training multiplies by three matrices at once, which may round otherwise.
    torch.testing.assert_close(attention.train()(hidden), attention.eval()(hidden), **EQUAL)
    dropping = Attention(hidden_size=8, num_heads=2, dropout=0.5).train()
    assert not torch.equal(dropping(hidden), dropping(hidden))


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(SettingError, match="width of 10 can not be split into 4 heads"):
        Attention(hidden_size=10, num_heads=4)
    with pytest.raises(SettingError, match="4 query heads can not share 3 key-value heads"):
        Attention(hidden_size=8, num_heads=4, num_key_value_heads=3)


@pytest.mark.parametrize("num_key_value_heads", [1, 2, 4])
@pytest.mark.parametrize("has_bias", [True, False])
def test_training_maps_at_once_what_answering_maps_one_by_one(num_key_value_heads, has_bias):
    attention = Attention(
        hidden_size=16, num_heads=4, num_key_value_heads=num_key_value_heads, has_bias=has_bias
    )
    hidden_BTD = torch.randn(2, 5, 16)
    answers, gradients = [], []
    for mode in (True, False):
        attention.train(mode).zero_grad()
        answers.append(attention(hidden_BTD))
        answers[-1].square().sum().backward()
        gradients.append([parameter.grad.clone() for parameter in attention.parameters()])
    torch.testing.assert_close(*answers)
    torch.testing.assert_close(*gradients)

"""The key-value cache: it gives what a full pass gives, in room that is allocated once."""

import pytest
import torch

from madang.core.attention import Attention
from madang.core.cache import Cache, KeyValues, LayerCache
from madang.core.mask import AttentionMask, causal_mask
from madang.core.rotary import RotaryPosition
from madang.errors import SettingError


def key_values(num_positions):
    return KeyValues(*torch.randn(2, 3, 1, num_positions, 4))


def joined(*parts):
    return KeyValues(*(torch.cat(pair, dim=2) for pair in zip(*parts, strict=True)))


@pytest.mark.parametrize("steps", [[1] * 9, [6, 1, 1, 1], [3, 2, 1, 3], [9]])
@torch.inference_mode()
def test_a_prompt_and_then_single_steps_are_the_rows_of_a_full_pass(steps):
    attention = Attention(
        hidden_size=16, num_heads=4, num_key_value_heads=2, rotary=RotaryPosition(9, 4)
    ).eval()
    hidden, cache = torch.randn(2, 9, 16), LayerCache(12)
    pieces = []
    for piece in hidden.split(steps, dim=1):
        mask = causal_mask(piece.shape[1], num_past=cache.num_positions, attention_mask=None)
        pieces.append(attention(piece, mask=mask, cache=cache))
    whole = attention(hidden, mask=AttentionMask(is_causal=True))
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, rtol=0, atol=1e-5)


def test_what_was_written_stays_and_nothing_is_allocated_anew():
    cache, prompt = LayerCache(8), key_values(5)
    first = cache.extend(prompt)
    assert all(torch.equal(*pair) for pair in zip(first, prompt, strict=True))
    expected, places = prompt, {part.data_ptr() for part in first}
    for _ in range(3):
        step = key_values(1)
        expected, found = joined(expected, step), cache.extend(step)
        assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))
        assert {part.data_ptr() for part in found} == places
        cache.select(torch.tensor([0, 1, 2]))
    assert cache.num_positions == 8


def test_more_than_there_is_room_for_is_refused_and_nothing_is_lost():
    cache, prompt = LayerCache(6), key_values(5)
    cache.extend(prompt)
    with pytest.raises(SettingError, match="room for 6 positions; this is number 7"):
        cache.extend(key_values(2))
    step = key_values(1)
    assert torch.equal(cache.extend(step).value_BGSK, joined(prompt, step).value_BGSK)


@pytest.mark.parametrize("rows", [[2, 0, 0], [1, 2, 0], [2, 0], [0, 0, 1, 1, 2, 2]])
def test_rows_are_kept_in_any_order_and_number(rows):
    cache, prompt, step = LayerCache(8), key_values(4), key_values(1)
    cache.select(torch.tensor([0]))  # nothing is there yet
    cache.extend(prompt)
    cache.select(torch.tensor(rows))
    step = KeyValues(*(part[torch.tensor(rows)] for part in step))
    found = cache.extend(step)
    expected = joined(KeyValues(*(part[torch.tensor(rows)] for part in prompt)), step)
    assert all(torch.equal(*pair) for pair in zip(found, expected, strict=True))


def test_the_cache_takes_the_type_of_what_is_written():
    half = KeyValues(*(part.bfloat16() for part in key_values(2)))
    assert LayerCache(4).extend(half).key_BGSK.dtype == torch.bfloat16


def test_the_cache_of_a_model_counts_its_positions():
    assert Cache(2, capacity=4).num_positions == 0
    assert Cache(0, capacity=4).num_positions == 0

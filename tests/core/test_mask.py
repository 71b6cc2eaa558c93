"""Masks by listing every pair, and when there is none."""

import pytest
import torch

from madang.core.mask import AttentionMask, causal_mask, padding_mask
from madang.errors import SettingError


def test_without_padding_there_is_no_mask():
    assert padding_mask(None) == AttentionMask()
    assert causal_mask(5, num_past=0, attention_mask=None) == AttentionMask(is_causal=True)
    assert causal_mask(1, num_past=8, attention_mask=None) == AttentionMask()


@pytest.mark.parametrize(("num_queries", "num_past"), [(1, 0), (4, 0), (1, 3), (3, 2)])
def test_a_position_sees_itself_and_the_real_ones_before_it(num_queries, num_past):
    real = torch.rand(3, num_past + num_queries) > 0.5
    mask = causal_mask(num_queries, num_past=num_past, attention_mask=real.long()).visible
    assert mask.shape == (3, 1, num_queries, num_past + num_queries)
    for text in range(3):
        for t in range(num_queries):
            for s in range(num_past + num_queries):
                here = num_past + t
                allowed = s == here or (s < here and bool(real[text, s]))
                assert bool(mask[text, 0, t, s]) == allowed


def test_every_position_sees_every_real_one():
    mask = padding_mask(torch.tensor([[1, 1, 0], [1, 0, 0]])).visible
    assert mask[:, 0, 0].tolist() == [[True, True, False], [True, False, False]]


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(SettingError, match=r"covers 3 positions.*2 in the cache and 2 new"):
        causal_mask(2, num_past=2, attention_mask=torch.ones(1, 3))

"""Masks by listing every pair, and when there is none."""

import pytest
import torch

from madang.core.mask import Sight, see_all, see_back
from madang.errors import SettingError


def test_without_padding_there_is_no_mask():
    assert see_all(None) == Sight()
    assert see_back(5, num_past=0, attention_mask=None) == Sight(is_causal=True)
    assert see_back(1, num_past=8, attention_mask=None) == Sight()


@pytest.mark.parametrize(("num_asking", "num_past"), [(1, 0), (4, 0), (1, 3), (3, 2)])
def test_a_position_sees_itself_and_the_real_ones_before_it(num_asking, num_past):
    real = torch.rand(3, num_past + num_asking) > 0.5
    mask = see_back(num_asking, num_past=num_past, attention_mask=real.long()).mask
    assert mask.shape == (3, 1, num_asking, num_past + num_asking)
    for text in range(3):
        for t in range(num_asking):
            for s in range(num_past + num_asking):
                here = num_past + t
                allowed = s == here or (s < here and bool(real[text, s]))
                assert bool(mask[text, 0, t, s]) == allowed


def test_every_position_sees_every_real_one():
    mask = see_all(torch.tensor([[1, 1, 0], [1, 0, 0]])).mask
    assert mask[:, 0, 0].tolist() == [[True, True, False], [True, False, False]]


def test_a_mask_of_another_length_is_refused():
    with pytest.raises(SettingError, match=r"covers 3 positions.*2 remembered and 2 new"):
        see_back(2, num_past=2, attention_mask=torch.ones(1, 3))

"""Dropout: the share it drops, the mean it keeps, its gradient, its seed."""

import pytest
import torch

from madang.core.dropout import Dropout, drop_out


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_share_is_dropped_and_the_mean_is_kept(share: float, dtype: torch.dtype) -> None:
    dropped = drop_out(torch.ones(400, 1000, dtype=dtype), share).float()
    num_dropped = float((dropped == 0).sum())
    assert num_dropped / dropped.numel() == pytest.approx(share, abs=0.004)  # 4 deviations
    assert dropped.unique().tolist() == pytest.approx([0.0, 1 / (1 - share)], rel=0.004)


def test_each_place_is_dropped_as_often_as_another() -> None:
    """The four numbers of one draw are independent: no place, and no pair of places, differs."""
    kept = drop_out(torch.ones(200_000, 4), 0.3) > 0
    assert kept.float().mean(dim=0).tolist() == pytest.approx([0.7] * 4, abs=0.005)
    for first in range(4):
        for second in range(first):
            both = (kept[:, first] & kept[:, second]).float().mean()
            assert float(both) == pytest.approx(0.49, abs=0.005)


def test_the_gradient_is_what_was_kept_times_the_scale() -> None:
    values = torch.randn(7, 5, 3, requires_grad=True)
    dropped = drop_out(values, 0.25)
    dropped.sum().backward()
    assert values.grad is not None
    torch.testing.assert_close(values.grad * values, dropped)
    assert 0 < int((values.grad == 0).sum()) < values.numel()


def test_the_seed_alone_decides_what_is_dropped() -> None:
    values = torch.randn(33)
    torch.manual_seed(3)
    first, second = drop_out(values, 0.5), drop_out(values, 0.5)
    torch.manual_seed(3)
    assert torch.equal(drop_out(values, 0.5), first)
    assert not torch.equal(first, second)


def test_nothing_is_dropped_outside_of_training_or_by_a_share_of_nothing() -> None:
    values = torch.randn(2, 3)
    assert Dropout(0.9).eval()(values) is values
    assert Dropout(0.0)(values) is values
    assert torch.equal(Dropout(0.999)(torch.empty(0, 3)), torch.empty(0, 3))

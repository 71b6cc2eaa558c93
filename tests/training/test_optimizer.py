"""Weight decay where it belongs, and a norm that is clipped to its limit."""

import pytest
import torch
from torch import nn

from madang.errors import TrainingError
from madang.training.optimizer import build_optimizer, clip_factor, parameter_groups
from madang.training.precision import autocast, has_bfloat16


def test_biases_and_norms_are_not_decayed():
    model = nn.Sequential(nn.Embedding(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    decayed, kept = parameter_groups(model, weight_decay=0.1)
    assert [p.ndim for p in decayed["params"]] == [2, 2]
    assert [p.ndim for p in kept["params"]] == [1, 1, 1]
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)


def test_frozen_parameters_are_left_out_and_all_frozen_is_refused(settings):
    model = nn.Linear(2, 2)
    model.weight.requires_grad = False
    assert len(build_optimizer(model, settings()).param_groups) == 1
    model.bias.requires_grad = False
    with pytest.raises(TrainingError, match="Linear has no parameter that asks for a gradient"):
        build_optimizer(model, settings())


def test_clipping_is_that_of_pytorch():
    gradients = [torch.tensor([3.0]), torch.tensor([4.0])]
    parameters = [nn.Parameter(torch.zeros(1)) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient.clone()
    norm = float(nn.utils.clip_grad_norm_(parameters, 2.0))
    factor = clip_factor(norm, max_norm=2.0)
    for parameter, gradient in zip(parameters, gradients, strict=True):
        torch.testing.assert_close(parameter.grad, gradient * factor, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("is_supported", [True, False])
def test_automatic_precision_is_bfloat16_only_where_it_is_fast(monkeypatch, is_supported):
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: is_supported)
    device = torch.device("cpu")
    assert has_bfloat16(device) == is_supported
    weight = torch.ones(2, 2)
    with autocast(device, "auto"):
        assert (weight @ weight).dtype == (torch.bfloat16 if is_supported else torch.float32)
    with autocast(device, "float32"):
        assert (weight @ weight).dtype == torch.float32
    with autocast(device, "bfloat16"):
        assert (weight @ weight).dtype == torch.bfloat16


def test_devices_without_bfloat16_are_known():
    assert not has_bfloat16(torch.device("meta"))

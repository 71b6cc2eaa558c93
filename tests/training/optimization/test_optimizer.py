"""Weight decay where it belongs, and a norm that is clipped to its limit."""

import pytest
import torch
from torch import nn

from madang.errors import TrainingError
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForSequenceClassification
from madang.models.bert.model import BertEncoder
from madang.training.device.device import autocast, has_bfloat16
from madang.training.loop.loop import train
from madang.training.objective import LossOutput
from madang.training.optimization.optimizer import build_optimizer, clip_factor, parameter_groups


def test_biases_and_norms_are_not_decayed():
    model = nn.Sequential(nn.Embedding(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    decayed, kept = parameter_groups(model, weight_decay=0.1)
    assert [p.ndim for p in decayed["params"]] == [2, 2]  # type: ignore[attr-defined]
    assert [p.ndim for p in kept["params"]] == [1, 1, 1]  # type: ignore[attr-defined]
    assert (decayed["weight_decay"], kept["weight_decay"]) == (0.1, 0.0)


def test_frozen_parameters_are_left_out_and_all_frozen_is_refused(training_settings):
    model = nn.Linear(2, 2)
    model.weight.requires_grad = False
    assert len(build_optimizer(model, training_settings()).param_groups) == 1
    model.bias.requires_grad = False
    with pytest.raises(TrainingError, match="Linear has no parameter that asks for a gradient"):
        build_optimizer(model, training_settings())


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


def test_each_layer_learns_more_slowly_than_the_one_above(training_settings):
    config = BertConfig(
        vocab_size=9,
        hidden_size=4,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=8,
        max_position_embeddings=8,
    )
    model = BertForSequenceClassification(BertEncoder(config), num_labels=2)
    optimizer = build_optimizer(model, training_settings(layer_decay=0.5))
    scale = {p: group["scale"] for group in optimizer.param_groups for p in group["params"]}
    assert len(scale) == len(list(model.parameters()))
    found = {name: scale[parameter] for name, parameter in model.named_parameters()}
    assert found["classifier.weight"] == found["encoder.pooler.dense.bias"] == 1.0
    assert found["encoder.blocks.1.attention.part.query.weight"] == 0.5
    assert found["encoder.blocks.0.feed_forward.norm_after.bias"] == 0.25
    assert found["encoder.token.weight"] == found["encoder.norm.bias"] == 0.125
    # What is logged as the learning rate is that of the head.
    assert optimizer.param_groups[0]["scale"] == 1.0


def test_the_loop_scales_the_rate_of_each_layer(training_settings, tmp_path):
    torch.manual_seed(0)
    stack = nn.ModuleDict({"token": nn.Linear(1, 1), "blocks": nn.ModuleList([nn.Linear(1, 1)])})
    model = nn.ModuleDict({"stack": stack, "head": nn.Linear(1, 1)})

    class Sum:
        higher_is_better = True

        def length(self, example):
            return 1

        def collate(self, examples, generator):
            return {"ids": torch.ones(len(examples), 1)}

        def loss(self, model, batch):
            total = sum(parameter.sum() for parameter in model.parameters())
            return LossOutput(loss_sum=total, num_items=1, num_tokens=1)

    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    train(
        model=model,
        objective=Sum(),
        train_data=[0],
        settings=training_settings(
            max_steps=1, layer_decay=0.5, weight_decay=0, schedule="constant"
        ),
        folder=tmp_path,
    )
    moved = {name: float((p - before[name]).abs().detach()) for name, p in model.named_parameters()}
    assert moved["head.bias"] == pytest.approx(2 * moved["stack.blocks.0.bias"], rel=1e-3)
    assert moved["head.bias"] == pytest.approx(4 * moved["stack.token.bias"], rel=1e-3)

"""Muon's step is orthogonal, AdamW's stays AdamW's, and a run of both goes on where it was."""

import dataclasses

import pytest
import torch
from torch import nn

from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder
from madang.models.heads import BertForSequenceClassification
from madang.training.muon import MuonAndAdamW
from madang.training.optimizer import build_optimizer, named_state, restore_state
from madang.training.settings import TrainingSettings

SETTINGS = TrainingSettings(learning_rate=0.01, weight_decay=0.0, optimizer="muon")
CONFIG = BertConfig(
    vocab_size=30,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=32,
    max_position_embeddings=8,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)


def build_model() -> nn.Module:
    torch.manual_seed(0)
    return BertForSequenceClassification(BertEncoder(CONFIG), num_labels=2)


def give_gradients(model: nn.Module, seed: int) -> None:
    torch.manual_seed(seed)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)


def is_inside_a_block(name: str, parameter: nn.Parameter) -> bool:
    return ".blocks." in name and parameter.ndim == 2


def steps_of(settings: TrainingSettings) -> dict[str, torch.Tensor]:
    """Return by how much each parameter moves at the first step."""
    model = build_model()
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = build_optimizer(model, settings)
    give_gradients(model, seed=1)
    optimizer.step()
    return {name: p.detach() - before[name] for name, p in model.named_parameters()}


def test_in_a_step_inside_blocks_no_direction_is_left_behind() -> None:
    for name, parameter in build_model().named_parameters():
        if not is_inside_a_block(name, parameter):
            continue
        step = steps_of(SETTINGS)[name]
        # A step of AdamW is about 0.2 of the rate a weight; so is this one.
        size = 0.01 * 0.2 * max(step.shape) ** 0.5
        singular = torch.linalg.svdvals(step) / size
        assert singular.min() > 0.5
        assert singular.max() < 1.3


def test_what_is_no_matrix_of_a_block_moves_as_with_adamw() -> None:
    adamw = steps_of(dataclasses.replace(SETTINGS, optimizer="adamw"))
    muon = steps_of(SETTINGS)
    for name, parameter in build_model().named_parameters():
        if is_inside_a_block(name, parameter):
            assert not torch.allclose(muon[name], adamw[name])
        else:
            torch.testing.assert_close(muon[name], adamw[name])


def test_every_parameter_has_one_optimizer_and_a_scale() -> None:
    model = build_model()
    optimizer = build_optimizer(model, dataclasses.replace(SETTINGS, layer_decay=0.5))
    assert isinstance(optimizer, MuonAndAdamW)
    held = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters())
    assert {group["scale"] for group in optimizer.param_groups} == {1.0, 0.5, 0.25, 0.125}


def test_a_restored_state_makes_the_same_steps() -> None:
    first, second = build_model(), build_model()
    optimizer = build_optimizer(first, SETTINGS)
    for seed in (1, 2):
        give_gradients(first, seed)
        optimizer.step()
    second.load_state_dict(first.state_dict())
    other = build_optimizer(second, SETTINGS)
    state = {name: tensor.clone() for name, tensor in named_state(first, optimizer).items()}
    restore_state(second, other, state)
    for model, each in ((first, optimizer), (second, other)):
        give_gradients(model, seed=3)
        each.step()
    for left, right in zip(first.parameters(), second.parameters(), strict=True):
        torch.testing.assert_close(left, right, rtol=0, atol=0)


def test_a_model_without_blocks_and_parts_of_matrices_are_refused() -> None:
    with pytest.raises(SettingError, match="no matrix inside a block"):
        build_optimizer(nn.Linear(2, 2), SETTINGS)
    with pytest.raises(SettingError, match="whole matrices"):
        TrainingSettings(optimizer="muon", sharding="fsdp2")

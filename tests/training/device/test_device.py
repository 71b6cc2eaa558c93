"""The share of a device's peak, counted by hand; the bounds of what is kept of kernels."""

import os

import pytest
import torch

from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.tasks.masked_tokens.objective import MaskedTokens, Vocabulary
from madang.training.device.device import (
    KERNEL_CACHES,
    bound_kernel_caches,
    count_operations,
    find_peak,
    peak_operations,
)
from madang.training.device.placement import twin
from madang.training.loop import loop

WIDTH, WIDE, VOCABULARY, LENGTH, LAYERS = 16, 40, 50, 12, 2
OBJECTIVE = MaskedTokens(
    vocabulary=Vocabulary(size=VOCABULARY, pad_id=0, mask_id=1, special_ids=(0, 1))
)
ROWS = [[5] * LENGTH for _ in range(4)]


@pytest.fixture
def model():
    config = BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        intermediate_size=WIDE,
        max_position_embeddings=LENGTH,
    )
    return BertForMaskedTokens(BertEncoder(config))


def by_hand(num_hidden):
    """Two operations a weight and token; three passes: forward, and back to inputs and weights."""
    block = 4 * WIDTH * WIDTH + 2 * WIDTH * WIDE + 2 * LENGTH * WIDTH
    head = WIDTH * WIDTH + WIDTH * VOCABULARY
    num_tokens = len(ROWS) * LENGTH
    return 3 * 2 * (LAYERS * block * num_tokens + head * num_hidden) / num_tokens


def test_the_operations_of_a_token_are_those_counted_by_hand(model):
    batch = OBJECTIVE.collate(ROWS, torch.Generator().manual_seed(0))
    found = count_operations(model, OBJECTIVE, batch, precision="float32")
    # The attention kernel computes its scores a second time on the way back.
    assert found == pytest.approx(by_hand(len(batch["labels"])), rel=0.06)
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("name", "peak"),
    [
        ("NVIDIA H200", 989e12),
        ("NVIDIA H100 80GB HBM3", 989e12),
        ("NVIDIA H100 PCIe", 756e12),
        ("NVIDIA A100-SXM4-80GB", 312e12),
        ("NVIDIA L4", 121e12),
        ("NVIDIA L40S", 362e12),
        ("NVIDIA GeForce RTX 4090", 165e12),
        ("Tesla T4", None),
        ("NVIDIA A1000", None),
    ],
)
def test_a_gpu_is_known_by_the_name_that_its_driver_gives(name, peak):
    assert find_peak(name) == peak


def test_a_processor_has_no_peak_that_is_told():
    assert peak_operations(torch.device("cpu")) is None


def test_the_log_tells_the_share_where_the_peak_is_known(model, tmp_path, monkeypatch):
    operations = by_hand(len(OBJECTIVE.collate(ROWS, torch.Generator())["labels"]))
    for peak in (None, 1e9):
        monkeypatch.setattr(loop, "peak_operations", lambda device, peak=peak: peak)
        result = loop.train(
            model=model,
            objective=OBJECTIVE,
            train_data=ROWS,
            settings=loop.TrainingSettings(  # type: ignore[attr-defined]
                num_epochs=1, log_every=1, precision="float32", energy=False, progress=False
            ),
            folder=tmp_path / str(peak),
        )
        (record,) = result.history
        if peak is None:
            assert "share_of_peak" not in record
        else:
            expected = record["tokens_per_second"] * operations / peak
            assert record["share_of_peak"] == pytest.approx(expected, rel=0.06, abs=2e-4)


def test_a_twin_shares_every_weight_and_nothing_else(model):
    other = twin(model)
    for one, two in zip(model.parameters(), other.parameters(), strict=True):
        assert one is two
    modules = set(map(id, model.modules()))
    assert not modules & set(map(id, other.modules()))
    ids = torch.tensor([[3, 4, 5]])
    assert torch.equal(model.eval()(ids), other.eval()(ids))


def test_the_caches_are_bounded_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in KERNEL_CACHES:
        monkeypatch.delenv(name, raising=False)
    bound_kernel_caches()
    assert {name: os.environ[name] for name in KERNEL_CACHES} == KERNEL_CACHES


def test_the_environment_has_the_last_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LRU_CACHE_CAPACITY", "99")
    bound_kernel_caches()
    assert os.environ["LRU_CACHE_CAPACITY"] == "99"

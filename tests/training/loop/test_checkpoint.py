"""What is saved is what is loaded, tied weights included, and nothing half written is left."""

import pytest
import torch
from torch import nn

from madang.errors import CheckpointError
from madang.training.loop import checkpoint
from madang.training.optimization.optimizer import named_state, restore_state


class Tied(nn.Module):
    """An output that is its embedding, and a part that is on hold."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(5, 3)
        self.output = nn.Linear(3, 5)
        self.output.weight = self.embedding.weight
        self.register_buffer("count", torch.tensor(7))
        self.register_buffer("nothing", torch.empty(0))
        self.register_buffer("nothing_else", torch.empty(0))

    def forward(self, ids):
        return self.output(self.embedding(ids))


def trained(seed):
    torch.manual_seed(seed)
    model = Tied()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    for _ in range(3):
        model(torch.tensor([1, 2])).sum().backward()
        optimizer.step()
    return model, optimizer


def test_model_and_optimizer_come_back_bit_by_bit(tmp_path):
    model, optimizer = trained(0)
    other, other_optimizer = trained(1)
    path = tmp_path / "run.safetensors"
    checkpoint.save_run(path, model, named_state(model, optimizer), {"step": 3, "π": 0.1 + 0.2})
    state, record = checkpoint.load_run(path, other)
    restore_state(other, other_optimizer, state)
    assert (record["step"], record["π"]) == (3, 0.1 + 0.2)
    assert other.output.weight is other.embedding.weight
    for name, tensor in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor)
    for _ in range(2):
        for net, adam in ((model, optimizer), (other, other_optimizer)):
            adam.zero_grad()
            net(torch.tensor([3])).square().sum().backward()
            adam.step()
    assert torch.equal(model.embedding.weight, other.embedding.weight)


def test_a_tied_weight_is_stored_once(tmp_path):
    tensors, aliases = checkpoint.model_tensors(Tied())
    assert aliases == {"output.weight": "embedding.weight"}
    assert set(tensors) == {"embedding.weight", "output.bias", "count", "nothing", "nothing_else"}


@pytest.mark.parametrize("content", [b"", b"\x80\x02pickle", b"\xff" * 100])
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "run.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="cut off or is another file"):
        checkpoint.load_run(path, Tied())


def test_another_librarys_safetensors_is_refused(tmp_path):
    from safetensors.torch import save_file

    path = tmp_path / "model.safetensors"
    save_file({"weight": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="another file"):
        checkpoint.load_run(path, Tied())


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path):
    names = [".last.safetensors.abc.part", ".best.safetensors.x.part", "last.safetensors", "notes"]
    for name in names:
        (tmp_path / name).touch()
    checkpoint.remove_partial_files(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"last.safetensors", "notes"}
    checkpoint.remove_run(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"notes"}


BEFORE = {
    **{"step": 12, "loss_sum": 3.5, "num_items": 40.0, "best_metric": float("nan"), "best_step": 9},
    **{"num_evaluations": 2, "evaluations_since_best": 1, "seconds": 61.2, "energy_kwh": None},
    **{"is_finished": False, "stopped_early": False, "history": [{"event": "train", "step": 12}]},
}


def test_the_state_of_a_run_that_began_in_an_earlier_version_is_read(tmp_path):
    state = checkpoint.read_state(tmp_path, BEFORE)
    assert (state.step, state.seconds, state.history) == (12, 61.2, BEFORE["history"])
    assert state.best_metric != state.best_metric


@pytest.mark.parametrize("changes", [{"step": "12"}, {"history": None}, {"num_epochs": 3}])
def test_the_state_of_another_version_is_refused_with_what_to_do(tmp_path, changes):
    with pytest.raises(
        CheckpointError, match=rf"\((unknown key )?'?{next(iter(changes))}.*--fresh"
    ):
        checkpoint.read_state(tmp_path, {**BEFORE, **changes})

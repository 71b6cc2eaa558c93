"""What earlier versions wrote: their model folders open, and their runs go on."""

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from madang.formats.manifest import FILE_NAME, read_manifest
from madang.tasks.classification.objective import Classification, LabelledExample
from madang.training.loop.checkpoint import LAST_NAME
from madang.training.loop.loop import train
from madang.training.settings import TrainingSettings

EXAMPLES = [LabelledExample(ids=[1 + index % 7, 8, 9], label=index % 2) for index in range(20)]
# Settings and facts of the data that the first version of the loop did not write down.
LATER_SETTINGS = ("compile", "layer_decay", "sharding")
LATER_FACTS = ("order of the training examples",)


class Tiny(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Embedding(10, 4)
        self.output = nn.Linear(4, 2)

    def forward(self, input_ids, attention_mask):
        return self.output(self.token(input_ids).mean(1))


class Killed(Classification):
    """Classification that ends the process in the middle of a run."""

    def loss(self, model, batch):
        if Killed.left == 0:
            raise KeyboardInterrupt
        Killed.left -= 1
        return super().loss(model, batch)

    left = 7


def go(folder: Path, objective: Classification) -> nn.Module:
    torch.manual_seed(0)
    model = Tiny()
    settings = TrainingSettings(
        num_epochs=3, batch_size=5, checkpoint_every=1, progress=False, energy=False
    )
    train(
        model=model,
        objective=objective,
        train_data=EXAMPLES,
        validation_data=EXAMPLES[:4],
        settings=settings,
        folder=folder,
    )
    return model


def test_a_run_of_the_first_version_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    whole = go(tmp_path / "whole", Classification(num_classes=2))
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "old", Killed(num_classes=2))
    path = tmp_path / "old" / LAST_NAME
    with safe_open(path, framework="pt") as file:
        record = json.loads(file.metadata()["record"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for name in LATER_SETTINGS:
        del record["settings"][name]
    for name in LATER_FACTS:
        del record["data"][name]
    assert 0 < record["state"]["step"] < 12
    save_file(tensors, path, metadata={"record": json.dumps(record)})
    again = go(tmp_path / "old", Classification(num_classes=2))
    for name, weight in whole.state_dict().items():
        assert torch.equal(weight, again.state_dict()[name]), name


def test_a_manifest_of_the_first_version_opens(tmp_path: Path) -> None:
    content = {
        "family": "bert",
        "task": "classification",
        "tokenizer_sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "labels": ["0", "1"],
        "calibration": {"scale": 56.79, "offset": 2.08},
        "threshold": 0.5,
        "max_length": 16,
        "record": {"recipe": "old", "data": ["posts.csv"], "parts": {"seed-1": {"steps": 18}}},
        "format_version": 1,
    }
    (tmp_path / FILE_NAME).write_text(json.dumps(content), encoding="utf-8")
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    manifest = read_manifest(tmp_path)
    assert (manifest.labels, manifest.probe) == (("0", "1"), None)
    assert json.loads(manifest.to_json()) == content | {"probe": None, "fewest_letters": 0}

"""A training checkpoint, answering as its export would: the same predictor over PyTorch."""

from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from madang import storage
from madang.errors import CheckpointError, MadangError
from madang.formats.manifest import WEIGHTS_NAME, Manifest
from madang.models.checkpoint import load_checkpoint
from madang.models.model import Model
from madang.runtime.signature import Signature
from madang.runtime.torch import TorchRunner
from madang.tasks import registry
from madang.tasks.learning import Head
from madang.tasks.predictor import Opened, Predictor
from madang.text.tokenizer import Tokenizer
from madang.training.device.device import training_device
from madang.training.settings import PrecisionName


class Served(NamedTuple):
    """A module that answers for a task, and what it turns into what."""

    module: nn.Module
    signature: Signature


def find_head(task: str) -> Head:
    """Return which model answers for a task that is served."""
    head: Head = registry.find_part(task, "learning").HEAD
    return head


def served(
    model: Model, task: str, folder: Path, *, error: type[MadangError] = CheckpointError
) -> Served:
    """Return the module by which a model answers for its task, as it is exported.

    Raises ``error`` where the model, which was read from ``folder``, is none that does.
    """
    head, signature = find_head(task), registry.find_task(task).signature
    assert signature is not None
    if not isinstance(model, head.model):
        raise error(
            f"{folder} holds a {type(model).__name__}, but for {task!r} a {head.model.__name__} is "
            f"needed, which {head.reason}. Train one."
        )
    return Served(head.module(model).eval(), signature)


def open_trained(
    model: Model, manifest: Manifest, tokenizer: Tokenizer, *, precision: PrecisionName
) -> Any:
    """Return what answers for a model of single texts that is in no folder yet."""
    part = served(model, manifest.task, Path())
    runner = TorchRunner(part.module, part.signature, precision=precision)
    predictor = registry.find_predictor(manifest.task)
    return predictor(runner=runner, tokenizer=tokenizer, manifest=manifest)


def open_checkpoint(folder: Path, *, precision: PrecisionName = "float32") -> Any:
    """Open the model of a training checkpoint, on this process's own GPU where there is one.

    ``precision`` is that of its products.

    Raises ``CheckpointError`` for a folder that is not whole and a model that answers otherwise.
    """
    checkpoint = load_checkpoint(folder)
    manifest, model = checkpoint.manifest, checkpoint.model
    predictor = Predictor.of_task(folder, manifest)
    predictor.check_manifest(folder, manifest)
    head = find_head(manifest.task)
    less = head.less.get(type(model))
    part = Served(model, less) if less else served(model, manifest.task, folder)
    arrays = head.arrays(model, folder)
    runner = TorchRunner(
        part.module.to(training_device()),
        part.signature,
        sha256=storage.sha256_of(folder / WEIGHTS_NAME),
        precision=precision,
    )
    return predictor.of(Opened(folder, manifest, runner, arrays))

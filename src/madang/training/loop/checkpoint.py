"""The state of a run on disk: safetensors with JSON in their header, each file whole or not at all.

``last.safetensors`` holds weights, AdamW's moments and the run's state in *one* file, so no crash
can leave a new half beside an old one. ``best.safetensors`` holds the weights of the best step.
Nothing is pickled: a checkpoint from a stranger can not run code.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from madang import storage, validation
from madang.errors import CheckpointError, SettingError
from madang.training.reporting.result import RunState

LAST_NAME = "last.safetensors"
BEST_NAME = "best.safetensors"
# What a resumed run may set anew, because no weight depends on it.
FREE_SETTINGS = (
    *("log_every", "checkpoint_every", "trackers", "energy", "progress"),
    *("sharding", "compile"),  # they change the rounding alone
)


def model_tensors(model: nn.Module) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a model, a tied one once, and the further names of the tied ones."""
    tensors: dict[str, Tensor] = {}
    aliases: dict[str, str] = {}
    first_names: dict[tuple[object, ...], str] = {}
    for name, tensor in model.state_dict().items():
        key = (tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype)
        if tensor.numel() and key in first_names:
            aliases[name] = first_names[key]
        else:
            first_names[key] = name
            tensors[name] = tensor
    return tensors, aliases


def save_run(
    path: Path, model: nn.Module, optimizer_state: Mapping[str, Tensor], record: Mapping[str, Any]
) -> None:
    """Write weights, optimizer state and a JSON record into one file, whole or not at all."""
    weights, aliases = model_tensors(model)
    tensors = {f"model/{name}": tensor for name, tensor in weights.items()}
    tensors |= {f"optimizer/{name}": tensor for name, tensor in optimizer_state.items()}
    contiguous = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
    metadata = {"record": json.dumps({**record, "aliases": aliases})}
    with storage.replacing(path) as temporary:
        save_file(contiguous, temporary, metadata=metadata)


def load_run(path: Path, model: nn.Module) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Put the weights of a run into ``model``; return its optimizer state and its record.

    Raises ``CheckpointError`` when the file was cut off or is another model's.
    """
    try:
        with safe_open(path, framework="pt") as file:
            record = validation.parse_json(file.metadata()["record"].encode())
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{path} can not be read as the state of a run ({error}). It was cut off or is another "
            f"file: delete it to start anew, or copy it again."
        ) from error
    weights = _part(tensors, "model/")
    weights |= {name: weights[source] for name, source in record["aliases"].items()}
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        raise CheckpointError(
            f"{path} holds another model than {type(model).__name__} ({error}). Give the model it "
            f"was written from, or train into another folder."
        ) from error
    return _part(tensors, "optimizer/"), record


def check_same(path: Path, found: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raise ``SettingError`` where a run would go on with other settings or data than it had."""
    for name, value in given.items():
        if name not in FREE_SETTINGS and found.get(name, value) != value:
            raise SettingError(
                f"{name} is {value!r}, but the run in {path} has {found[name]!r}. A run goes on "
                f"only as it began: give the same, or another folder (--output), or begin anew "
                f"(--fresh, resume=False)."
            )


def read_state(path: Path, fields: Mapping[str, Any]) -> RunState:
    """Return the state of a run; raises ``CheckpointError`` for that of another version."""
    try:
        return validation.convert(fields, RunState)
    except SettingError as error:
        raise CheckpointError(
            f"{path} is the state of a run of another version of Madang ({error}). Go on with that "
            f"one, or begin anew (--fresh, resume=False)."
        ) from error


def remove_run(folder: Path) -> None:
    """Remove the state of a run from ``folder``."""
    remove_partial_files(folder)
    for name in (LAST_NAME, BEST_NAME):
        (folder / name).unlink(missing_ok=True)


def remove_partial_files(folder: Path) -> None:
    """Remove what a killed process left half written."""
    for name in (LAST_NAME, BEST_NAME):
        for partial in folder.glob(f".{name}.*.part"):
            partial.unlink(missing_ok=True)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }

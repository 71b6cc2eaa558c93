"""The files of a model folder, read: JSON and safetensors, whole or in shards.

A pickle can run code, so our own folders hold none and none is opened in them. Older published
folders hold nothing else: those are opened for their tensors alone, by an unpickler that knows no
other class.
"""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from madang import validation
from madang.errors import CheckpointError, MadangError
from madang.formats.manifest import WEIGHTS_NAME

INDEX_NAME = "model.safetensors.index.json"
PICKLE_NAME = "pytorch_model.bin"


def check_folder(folder: Path) -> None:
    """Raise ``CheckpointError`` where there is no folder."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is not a folder. Give the path of a model folder.")


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return the weights of a model folder by name.

    Raises ``CheckpointError`` when a file is missing, cut off or damaged.
    """
    paths = [folder / WEIGHTS_NAME]
    if (folder / INDEX_NAME).is_file():
        shards = validation.read_json(folder / INDEX_NAME).get("weight_map")
        if not isinstance(shards, dict) or not all(
            isinstance(name, str) and Path(name).name for name in shards.values()
        ):
            raise CheckpointError(
                f"{folder / INDEX_NAME} has no weight_map of names to files. It was cut off or "
                f"edited: copy it again."
            )
        paths = [folder / Path(name).name for name in sorted(set(shards.values()))]
    tensors: dict[str, Tensor] = {}
    for path in paths:
        if not path.is_file():
            pickles = sorted(found.name for found in folder.glob("*.bin"))
            also = f" ({pickles[0]} is a pickle, which is not opened here)" if pickles else ""
            raise CheckpointError(
                f"{folder} holds no {path.name}{also}. Copy the folder again, or save the model "
                f"as safetensors."
            )
        try:
            tensors.update(load_file(path))
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise CheckpointError.damaged(path, error) from error
    return tensors


def read_published_tensors(folder: Path, *, also: str = PICKLE_NAME) -> dict[str, Tensor]:
    """Return the weights of a published folder: safetensors or, where there are none, a pickle.

    The pickle is ``pytorch_model.bin`` or the file named ``also``, and is read for its tensors
    alone: one that asks for anything else is refused before it gets it.

    Raises ``CheckpointError`` when there is neither, or one is cut off or holds anything else.
    """
    pickles = [folder / name for name in (PICKLE_NAME, also) if (folder / name).is_file()]
    has_safetensors = (folder / WEIGHTS_NAME).is_file() or (folder / INDEX_NAME).is_file()
    if has_safetensors or not pickles:
        return read_tensors(folder)
    return _unpickle_tensors(pickles[0])


def _unpickle_tensors(path: Path) -> dict[str, Tensor]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise CheckpointError(
            f"{path} holds more than tensors, or is cut off, and was not opened: a pickle may run "
            f"code. Copy it again, or save the model as safetensors where you trust the file."
        ) from error
    except Exception as error:  # damaged bytes make it raise whatever comes
        raise CheckpointError.damaged(path, error) from error
    is_plain = isinstance(content, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, Tensor) for name, tensor in content.items()
    )
    if not is_plain:
        raise CheckpointError(
            f"{path} is no state dict (names and tensors). Save `model.state_dict()` in its place."
        )
    return dict(content)


def said(error: Exception) -> str:
    """Return what an error says: a sentence of ours, or what Python made of wrong fields."""
    if isinstance(error, MadangError):
        return str(error)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    return f"{text}. A field of its config.json is of the wrong type: copy the folder again."

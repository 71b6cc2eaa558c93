"""The files of a model folder, read: JSON and safetensors, whole or in shards; never a pickle."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from madang.errors import CheckpointError

WEIGHTS_NAME = "model.safetensors"
INDEX_NAME = "model.safetensors.index.json"


def read_tensors(folder: Path) -> dict[str, Tensor]:
    """Return the weights of a model folder by name.

    Raises ``CheckpointError`` when a file is missing, cut off or damaged.
    """
    paths = [folder / WEIGHTS_NAME]
    if (folder / INDEX_NAME).is_file():
        shards = read_json(folder / INDEX_NAME).get("weight_map", {}).values()
        paths = [folder / Path(name).name for name in sorted(set(shards))]
    tensors: dict[str, Tensor] = {}
    for path in paths:
        if not path.is_file():
            pickles = sorted(found.name for found in folder.glob("*.bin"))
            also = f" ({pickles[0]} is a pickle, which is never opened)" if pickles else ""
            raise CheckpointError(
                f"{folder} holds no {path.name}{also}. Copy the folder again, or save the model "
                f"as safetensors."
            )
        try:
            tensors.update(load_file(path))
        except (SafetensorError, OSError, ValueError, KeyError) as error:
            raise CheckpointError(
                f"{path} can not be read ({error}). It was cut off or damaged: copy it again."
            ) from error
    return tensors


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a JSON file; ``CheckpointError`` when it is missing or cut off."""
    if not path.is_file():
        raise CheckpointError(
            f"{path.parent} holds no {path.name}. A model folder has one: check the path or copy "
            f"the folder again."
        )
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(
            f"{path} is not JSON ({error}). It was cut off or edited: copy it again."
        ) from error
    if not isinstance(fields, dict):
        raise CheckpointError(f"{path} must hold a JSON object. Copy it again.")
    return fields

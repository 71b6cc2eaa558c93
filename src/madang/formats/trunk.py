"""``trunk.json``: the embeddings and lower layers that several models share, in a folder of theirs.

A trunk folder is the graph of these layers, ``model.onnx`` (``input_ids``, ``attention_mask`` to
``hidden``), its ``config.json``, the ``tokenizer.json`` of all its models, and this file. It is no
model: it has no ``madang.json``, and answers nothing. A model's manifest names it
(``TrunkReference``). Export writes it and serving reads it.
"""

import dataclasses
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from madang import storage, validation
from madang.errors import CheckpointError, SettingError
from madang.formats.manifest import (
    GRAPH_NAME,
    TRUNK_NAME,
    Length,
    Manifest,
    TrunkReference,
    missing_trunk,
)
from madang.validation import Count, Name, Natural

FORMAT_VERSION = 1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Trunk:
    """What is known of a trunk.

    ``num_layers`` layers stand on the embeddings, and give vectors of ``hidden_size`` numbers for
    up to ``max_length`` tokens. ``precision`` is "float32" or "int8". ``weights_sha256`` are the
    fingerprints of the weights before they became a graph, of the embeddings first and then of each
    layer: by them a checkpoint knows its own trunk.
    ``record`` is free: where the weights come from.
    """

    family: Name
    num_layers: Natural
    hidden_size: Count
    max_length: Length
    precision: Name
    graph_sha256: Name
    tokenizer_sha256: Name
    weights_sha256: tuple[Name, ...]
    record: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    format_version: Count = FORMAT_VERSION


def is_trunk(folder: Path) -> bool:
    """Say whether there is a trunk in a folder."""
    return (Path(folder) / TRUNK_NAME).is_file()


def write_trunk(folder: Path, trunk: Trunk) -> None:
    """Write ``trunk.json``, whole or not at all."""
    content = json.dumps(dataclasses.asdict(trunk), ensure_ascii=False, indent=2) + "\n"
    storage.write_text(Path(folder) / TRUNK_NAME, content)


def read_trunk(folder: Path) -> Trunk:
    """Read ``trunk.json``; ``CheckpointError`` where it is missing or malformed."""
    path = Path(folder) / TRUNK_NAME
    if not path.is_file():
        raise CheckpointError(f"{folder} holds no {TRUNK_NAME}: it is no trunk. Check the path.")
    try:
        fields = validation.parse_json(path.read_bytes())
        version = fields.get("format_version")
        if isinstance(version, int) and version > FORMAT_VERSION:
            raise CheckpointError(
                f"{path} has format version {version}; this Madang reads up to {FORMAT_VERSION}. "
                f"Install a newer Madang."
            )
        return validation.convert(fields, Trunk)
    except SettingError as error:
        raise CheckpointError.damaged(path, error, kind="a trunk") from error


def refer(model: Path, trunk: Path) -> TrunkReference:
    """Return how a model in one folder names the trunk in another, as it is there now."""
    place = os.path.relpath(Path(trunk).resolve(), Path(model).resolve())
    return TrunkReference(
        folder=Path(place).as_posix(), sha256=storage.sha256_of(Path(trunk) / GRAPH_NAME)
    )


def find_graph(folder: Path, manifest: Manifest) -> Path | None:
    """Return the graph of the trunk that a model stands on, ``None`` where it has none.

    Raises ``CheckpointError`` where there is no such file.
    """
    if manifest.trunk is None:
        return None
    path = Path(folder) / manifest.trunk.folder / GRAPH_NAME
    if not os.path.isfile(path):  # noqa: PTH113  (pathlib raises for a name that can not be)
        raise missing_trunk(folder, manifest.trunk, GRAPH_NAME)
    return path


def moved(manifest: Manifest, source: Path, output: Path) -> Manifest:
    """Return the manifest of a model in ``source`` for a copy of its folder in ``output``."""
    if manifest.trunk is None:
        return manifest
    trunk = dataclasses.replace(
        manifest.trunk, folder=refer(output, Path(source) / manifest.trunk.folder).folder
    )
    return dataclasses.replace(manifest, trunk=trunk)

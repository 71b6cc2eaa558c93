"""Any family in Hugging Face's files, both ways.

A family's own ``huggingface.py`` holds what is particular to it: ``TABLES``, a key table for each
of Hugging Face's classes, and ``build``, which returns a fresh model for a ``config.json``.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from madang.errors import CheckpointError
from madang.models.key_table import KeyTable
from madang.models.model import Model
from madang.models.weights import said

FAMILIES = ("bert", "bert4rec", "seq2seq", "llama")
# The family that opens a plain Hugging Face folder, by the model_type in its config.json.
FAMILY_OF = {"bert": "bert", "marian": "seq2seq", "llama": "llama"}


def from_huggingface(
    family: str, fields: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> Model:
    """Build the model that ``config.json``'s fields name and give it these weights.

    Raises ``CheckpointError`` for a class that the family does not have or weights that do not
    fit, and ``SettingError`` for a field that is not implemented.
    """
    module = _module(family)
    tables: Mapping[str, KeyTable] = module.TABLES
    architecture = (fields.get("architectures") or ["none"])[0]
    if architecture not in tables:
        raise CheckpointError(
            f"config.json names the architecture {architecture}; for {family}, "
            f"{', '.join(tables)} can be opened. Save the model as one of these."
        )
    model: Model = module.build({**fields, "architectures": [architecture]}, tensors.keys())
    tables[model.table or architecture].load(model, tensors)
    return model


def open_model(
    folder: Path, family: str, fields: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> Model:
    """Do what ``from_huggingface`` does; name the folder in a ``CheckpointError`` if it fails."""
    try:
        return from_huggingface(family, fields, tensors).eval()
    except Exception as error:  # fields of the wrong type make it raise whatever comes
        raise CheckpointError(f"{folder} can not be opened: {said(error)}") from error


def to_huggingface(
    model: Model, *, labels: Sequence[str] = ()
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the fields of ``config.json`` and the weights that open as the model elsewhere."""
    fields = {
        "architectures": [model.architecture],
        **model.config.to_fields(),
        **model.further_fields,
    }
    if model.num_labels:
        names = labels or [f"LABEL_{index}" for index in range(model.num_labels)]
        fields["id2label"] = {str(index): name for index, name in enumerate(names)}
        fields["label2id"] = {name: index for index, name in enumerate(names)}
    table: KeyTable = _module(model.family).TABLES[model.table or model.architecture]
    return fields, table.to_huggingface(model)


def _module(family: str) -> Any:
    """Return a family's ``huggingface`` module; only the one in use is imported."""
    return importlib.import_module(f"madang.models.{family}.huggingface")

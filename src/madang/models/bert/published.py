"""Open the encoder of any published BERT folder with one call, KoBERT's among them.

Published folders differ in what surrounds the encoder: some hold the bare model, some a model with
a head under whose name the encoder's weights stand, most of the older ones a PyTorch pickle and no
safetensors, and the oldest norms whose weights are called gamma and beta. Here all give one thing.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from madang import validation
from madang.errors import CheckpointError
from madang.models.bert.config import KOBERT
from madang.models.bert.model import BertEncoder
from madang.models.huggingface import open_model
from madang.models.weights import check_folder, read_published_tensors

# What the KoBERT package of 2019 downloaded: weights alone, without a config.json.
KOBERT_WEIGHTS = "pytorch_kobert_2439f391a6.params"
ENCODER_PARTS = ("embeddings.", "encoder.", "pooler.")
OLD_NORMS = {"LayerNorm.gamma": "LayerNorm.weight", "LayerNorm.beta": "LayerNorm.bias"}


def open_encoder(folder: Path) -> BertEncoder:
    """Open the encoder in a Hugging Face folder; weights of a head are left out.

    Takes safetensors or, opened for its tensors alone, ``pytorch_model.bin``; and the weights that
    the old KoBERT package kept without a ``config.json``. The encoder has a pooler where the folder
    has one.

    Raises ``CheckpointError`` when a file is missing, cut off, of another family, or no plain
    collection of tensors.
    """
    folder = Path(folder)
    fields = _read_fields(folder)
    if fields.get("model_type", "bert") != "bert":
        raise CheckpointError(
            f"{folder} holds a model of the type {fields['model_type']!r}; this opens 'bert'. "
            f"Give the folder of a BERT; in Python madang.models.checkpoint.open_huggingface opens "
            f"the others."
        )
    tensors = encoder_tensors(read_published_tensors(folder, also=KOBERT_WEIGHTS))
    model = open_model(folder, "bert", {**fields, "architectures": ["BertModel"]}, tensors)
    if not isinstance(model, BertEncoder):
        raise CheckpointError(
            f"{folder} holds, by its config.json, a {type(model).__name__} and no encoder alone. "
            f"It was edited: copy the folder again."
        )
    return model


def encoder_tensors(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the weights of the bare encoder under the names of a ``BertModel``.

    >>> names = ["bert.embeddings.LayerNorm.gamma", "bert.pooler.dense.bias", "classifier.bias"]
    >>> list(encoder_tensors(dict.fromkeys(names, Tensor())))
    ['embeddings.LayerNorm.weight', 'pooler.dense.bias']
    """
    found = {}
    for name, tensor in tensors.items():
        plain = name.removeprefix("bert.")
        for old, new in OLD_NORMS.items():
            plain = re.sub(rf"{re.escape(old)}$", new, plain)
        if plain.startswith(ENCODER_PARTS):
            found[plain] = tensor
    return found


def _read_fields(folder: Path) -> Mapping[str, Any]:
    check_folder(folder)
    if (folder / KOBERT_WEIGHTS).is_file() and not (folder / "config.json").is_file():
        return KOBERT.to_fields()
    return validation.read_json(folder / "config.json")

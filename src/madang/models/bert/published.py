"""Open the encoder of any published BERT folder with one call, KoBERT's among them.

Published folders differ in what surrounds the encoder: some hold the bare model, some a model with
a head under whose name the encoder's weights stand, most of the older ones a PyTorch pickle and no
safetensors, and the oldest norms whose weights are called gamma and beta. RoBERTa and XLM-R are
BERTs that count positions from behind their padding (Liu 2019; Conneau 2020). Here all give one
thing.
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
# Models that are a BERT under another name; the first letters of their weights' names.
PREFIXES = ("bert.", "roberta.")
ROBERTAS = ("roberta", "xlm-roberta")
POSITIONS = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"
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
    fields = dict(_read_fields(folder))
    kind = fields.get("model_type", "bert")
    if kind not in ("bert", *ROBERTAS):
        raise CheckpointError(
            f"{folder} holds a model of the type {kind!r}; this opens 'bert', "
            f"{' and '.join(map(repr, ROBERTAS))}. Give the folder of one; in Python "
            f"madang.models.checkpoint.open_huggingface opens others."
        )
    tensors = encoder_tensors(read_published_tensors(folder, also=KOBERT_WEIGHTS))
    # Weights may be kept in half precision; here all is computed in single.
    tensors = {
        name: each.float() if each.is_floating_point() else each for name, each in tensors.items()
    }
    if kind in ROBERTAS:
        fields, tensors = _as_bert(fields, tensors)
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
        plain = name
        for prefix in PREFIXES:
            plain = plain.removeprefix(prefix)
        for old, new in OLD_NORMS.items():
            plain = re.sub(rf"{re.escape(old)}$", new, plain)
        if plain.startswith(ENCODER_PARTS):
            found[plain] = tensor
    return found


def _as_bert(
    fields: Mapping[str, Any], tensors: dict[str, Tensor]
) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return a RoBERTa's numbers and weights as those of a BERT.

    Its first text position is the one behind that of padding, and it has one type of token; a
    second one, the same, lets pairs of texts be read.
    """
    first = int(fields.get("pad_token_id", 1)) + 1
    positions, types = tensors.get(POSITIONS), tensors.get(TYPES)
    if positions is not None:
        tensors[POSITIONS] = positions[first:].clone()
    if types is not None and len(types) == 1:
        tensors[TYPES] = types.repeat(2, 1)
    return {
        **fields,
        "model_type": "bert",
        "max_position_embeddings": int(fields.get("max_position_embeddings", 514)) - first,
        "type_vocab_size": max(2, int(fields.get("type_vocab_size", 1))),
    }, tensors


def _read_fields(folder: Path) -> Mapping[str, Any]:
    check_folder(folder)
    if (folder / KOBERT_WEIGHTS).is_file() and not (folder / "config.json").is_file():
        return KOBERT.to_fields()
    return validation.read_json(folder / "config.json")

"""Model folders, written and read: ``config.json``, ``model.safetensors``, ``tokenizer.json``,
``tokenizer_config.json`` and ``madang.json``.

All but the last open in the Hugging Face ecosystem as they are. All files of a folder are written
beside their places first and moved there only when every one is whole, so a full disk leaves the
checkpoint that was there. None of them is a pickle.
"""

import dataclasses
import hashlib
import json
import reprlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import save_file
from tokenizers import Tokenizer

from madang import storage, validation
from madang.errors import CheckpointError, SettingError
from madang.formats import manifest as manifest_file
from madang.formats.manifest import TOKENIZER_NAME, WEIGHTS_NAME, Calibration, Manifest
from madang.models.config import ModelConfig
from madang.models.huggingface import FAMILIES, FAMILY_OF, open_model, to_huggingface
from madang.models.model import Model
from madang.models.weights import check_folder, read_published_tensors, read_tensors

CONFIG_NAME = "config.json"
TOKENIZER_CONFIG_NAME = "tokenizer_config.json"

# The names under which tokenizers keep their special tokens, by Hugging Face's word for each.
SPECIAL_TOKENS = {
    "pad_token": ("[PAD]", "<pad>"),
    "unk_token": ("[UNK]", "<unk>"),
    "cls_token": ("[CLS]",),
    "sep_token": ("[SEP]",),
    "mask_token": ("[MASK]", "<mask>"),
    "bos_token": ("<s>",),
    "eos_token": ("</s>",),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A model folder that was opened and found whole."""

    model: Model
    manifest: Manifest


def save_checkpoint(
    folder: Path,
    model: Model,
    *,
    tokenizer_json: str,
    task: str,
    labels: Sequence[str] = (),
    calibration: Calibration | None = None,
    threshold: float = 0.5,
    fewest_letters: int = 0,
    max_length: int = 512,
    record: Mapping[str, Any] | None = None,
) -> None:
    """Write a model folder, all of it or nothing.

    ``tokenizer_json`` is the text of the ``tokenizer.json`` that the model was trained with;
    ``labels`` are in the order of the logits. Raises ``SettingError`` when labels or tokenizer
    do not fit the model and ``CheckpointError`` when the folder can not be written.
    """
    folder = Path(folder)
    _check_labels(labels, model)
    vocabulary = _check_vocabulary(tokenizer_json, model.config, SettingError)
    fields, tensors = to_huggingface(model, labels=labels)
    manifest = Manifest(
        family=model.family,
        task=task,
        labels=tuple(labels),
        calibration=calibration,
        threshold=threshold,
        fewest_letters=fewest_letters,
        max_length=max_length,
        tokenizer_sha256=hashlib.sha256(tokenizer_json.encode()).hexdigest(),
        record=dict(record or {}),
    )
    texts = {
        manifest_file.FILE_NAME: manifest.to_json(),
        CONFIG_NAME: _to_json(fields),
        TOKENIZER_CONFIG_NAME: _to_json(_tokenizer_fields(vocabulary, max_length)),
        TOKENIZER_NAME: tokenizer_json,
        **{path: _to_json(content) for path, content in model.further_files.items()},
    }
    try:
        with ExitStack() as moves:
            for name, text in texts.items():
                moves.enter_context(storage.replacing(folder / name)).write_bytes(text.encode())
            weights = moves.enter_context(storage.replacing(folder / WEIGHTS_NAME))
            save_file(tensors, weights, metadata={"format": "pt"})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{folder} could not be written ({error}). What was there before is unchanged: make "
            f"room or choose another folder, and save again."
        ) from error


def load_checkpoint(folder: Path) -> Checkpoint:
    """Open a model folder written by ``save_checkpoint``.

    Raises ``CheckpointError`` when a file is missing, cut off or of another model and
    ``TokenizerMismatchError`` when ``tokenizer.json`` is not the one trained with.
    """
    folder = Path(folder)
    check_folder(folder)
    manifest = manifest_file.read_manifest(folder)
    fields = validation.read_json(folder / CONFIG_NAME)
    if manifest.family not in FAMILIES:
        raise CheckpointError(
            f"{folder} holds a model of the family {manifest.family!r}; known are "
            f"{', '.join(FAMILIES)}. Install the Madang that wrote it."
        )
    model = open_model(folder, manifest.family, fields, read_tensors(folder))
    _check_vocabulary((folder / TOKENIZER_NAME).read_text(encoding="utf-8"), model.config)
    if manifest.labels and len(manifest.labels) != model.num_labels:
        raise CheckpointError(
            f"{folder / manifest_file.FILE_NAME} names {len(manifest.labels)} labels, but the "
            f"model tells {model.num_labels} apart. Copy the folder again."
        )
    return Checkpoint(model=model, manifest=manifest)


def open_huggingface(folder: Path) -> Model:
    """Open a plain Hugging Face folder: ``config.json`` and safetensors, whole or in shards.

    Where there are none, ``pytorch_model.bin`` is opened for its tensors alone. For the encoder
    of a BERT in whatever surroundings there is ``madang.models.bert.published.open_encoder``.

    Raises ``CheckpointError`` when a file is missing, cut off or of an unknown architecture.
    """
    folder = Path(folder)
    check_folder(folder)
    fields = validation.read_json(folder / CONFIG_NAME)
    model_type = fields.get("model_type")
    if not isinstance(model_type, str) or model_type not in FAMILY_OF:
        raise CheckpointError(
            f"{folder / CONFIG_NAME} has model_type {reprlib.repr(model_type)}; "
            f"{', '.join(sorted(FAMILY_OF))} can be opened. Choose a model of one of these."
        )
    return open_model(folder, FAMILY_OF[model_type], fields, read_published_tensors(folder))


def _check_labels(labels: Sequence[str], model: Model) -> None:
    if labels and not len(labels) == len(set(labels)) == model.num_labels:
        raise SettingError(
            f"{len(labels)} labels were given ({', '.join(labels)}), but the model tells "
            f"{model.num_labels} apart. Name each once, in the order of the logits."
        )


def _check_vocabulary(
    tokenizer_json: str, config: ModelConfig, error_class: type[Exception] = CheckpointError
) -> Mapping[str, int]:
    """Return a tokenizer's vocabulary; refuse one with ids for which there is no embedding."""
    try:
        vocabulary: dict[str, int] = Tokenizer.from_str(tokenizer_json).get_vocab(
            with_added_tokens=True
        )
    except Exception as error:  # the library raises plain Exception
        raise error_class(
            f"{TOKENIZER_NAME} can not be read as a tokenizer ({str(error)[:300]}). Give the "
            f"text of a tokenizer.json."
        ) from error
    num_tokens = max(vocabulary.values(), default=-1) + 1
    if num_tokens > config.vocab_size:
        raise error_class(
            f"{TOKENIZER_NAME} has {num_tokens} tokens, but the model has embeddings for "
            f"{config.vocab_size}. Use the tokenizer that the model was trained with."
        )
    return vocabulary


def _tokenizer_fields(vocabulary: Mapping[str, int], max_length: int) -> dict[str, Any]:
    """Return the fields of ``tokenizer_config.json``.

    They say that ``tokenizer.json`` is to be taken as it is. Without them Hugging Face puts the
    tokenizer that a model type usually has over it, and every word becomes unknown.
    """
    special = {
        word: name for word, names in SPECIAL_TOKENS.items() for name in names if name in vocabulary
    }
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_length,
        "clean_up_tokenization_spaces": False,
        **special,
    }


def _to_json(fields: Any) -> str:
    return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"

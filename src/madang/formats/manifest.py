"""``madang.json``: what a model folder holds beyond what Hugging Face's files can say.

A model folder is ``config.json``, ``model.safetensors`` or ``model.onnx``, ``tokenizer.json`` and
this manifest. Training writes it and serving reads it, so it belongs to neither; it is the file
format in which the two meet.
"""

import dataclasses
import json
import reprlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from madang import storage
from madang.errors import CheckpointError, TokenizerMismatchError
from madang.json_object import read_object

FILE_NAME = "madang.json"
FORMAT_VERSION = 1
# No model reads so many tokens, and no library counts much farther.
MOST_TOKENS = 1_000_000
# A name, a label, a path, a fingerprint: all of them fit into an error message.
LONGEST_TEXT = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """Turn a binary score into a probability: ``sigmoid(scale * score + offset)``.

    The score is the last label's logit minus the first's. Source: Platt 1999, section 2.
    """

    scale: float = 1.0
    offset: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Probe:
    """A linear reader of another encoder's vectors: ``weights · vector`` joins a binary score.

    The probability is then ``sigmoid(scale * score + offset + weights · vector)``. ``encoder`` is a
    shipped sentence encoder's name or its folder, ``encoder_version`` the version that the weights
    (D) were fitted to. Sources: Alain and Bengio 2016, section 3 (linear probes); Wolpert 1992
    (stacked generalization).
    """

    encoder: str
    encoder_version: str
    weights: tuple[float, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a model is, beyond its ``config.json``.

    ``family`` is a folder of ``madang.models``; ``task`` names what its head does
    (``"classification"``, ``"masked_tokens"``, …). ``labels`` are in the order of the logits.
    ``probe`` is what another encoder has to say about two labels.
    ``threshold`` is the calibrated probability from which the last of two labels is given.
    ``max_length`` is the number of tokens a text is cut to. ``tokenizer_sha256`` is the SHA-256
    of ``tokenizer.json``. ``record`` is free: data, figures, time, energy of the training run.
    """

    family: str
    task: str
    tokenizer_sha256: str
    labels: tuple[str, ...] = ()
    calibration: Calibration | None = None
    probe: Probe | None = None
    threshold: float = 0.5
    max_length: int = 512
    record: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    format_version: int = FORMAT_VERSION


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest`` into a model folder, whole or not at all."""
    text = json.dumps(dataclasses.asdict(manifest), ensure_ascii=False, indent=2)
    storage.write_text(Path(folder) / FILE_NAME, text + "\n")


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder and check that its tokenizer is the one it names.

    Raises ``CheckpointError`` when the folder or its manifest is missing or malformed and
    ``TokenizerMismatchError`` when ``tokenizer.json`` is another one.
    """
    folder = Path(folder)
    path = folder / FILE_NAME
    if not path.is_file():
        raise CheckpointError(
            f"{folder} holds no {FILE_NAME}. A model folder written by `madang train` or "
            f"`madang export` has one: check the path."
        )
    try:
        fields = read_object(path)
        _check_values(fields)
        calibration, probe = fields.pop("calibration", None), fields.pop("probe", None)
        manifest = Manifest(
            **{**fields, "labels": tuple(fields.get("labels", ()))},
            calibration=None if calibration is None else Calibration(**calibration),
            probe=None if probe is None else _probe(**probe),
        )
    except (ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path} can not be read as a manifest ({error}). It was cut off or edited: "
            f"copy the folder again or export it anew."
        ) from error
    if manifest.format_version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format version {manifest.format_version}; this Madang reads up to "
            f"{FORMAT_VERSION}. Install a newer Madang."
        )
    check_tokenizer(folder, manifest)
    return manifest


def _probe(encoder: str, encoder_version: str, weights: list[float]) -> Probe:
    return Probe(
        encoder=encoder, encoder_version=encoder_version, weights=tuple(map(float, weights))
    )


def _check_values(fields: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` for a value that no model can have; JSON knows no types of ours."""
    for name, (what, holds) in _KINDS.items():
        if name in fields and not holds(fields[name]):
            raise ValueError(f"it needs {name}, {what}, not {reprlib.repr(fields[name])}")


def _is_number(value: object) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return -1e300 < value < 1e300  # a float can hold it, and it is no NaN


def _is_whole(value: object, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_calibration(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != {"scale", "offset"}:
        return False
    return all(map(_is_number, value.values()))


def _is_probe(value: object) -> bool:
    if value is None:
        return True
    if not isinstance(value, dict) or value.keys() != {"encoder", "encoder_version", "weights"}:
        return False
    weights = value["weights"]
    return (
        _is_text(value["encoder"])
        and _is_text(value["encoder_version"])
        and isinstance(weights, list)
        and all(map(_is_number, weights))
    )


def _is_record(value: object) -> bool:
    """Say whether what is read of a record has the types that its readers count on."""
    if not isinstance(value, dict) or not isinstance(value.get("export", {}), dict):
        return False
    sums = [value.get("items_sha256"), value.get("arrays_sha256")]
    sums.append(value.get("export", {}).get("model_sha256"))
    return all(each is None or _is_text(each) for each in sums)


_KINDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "family": ("a text", _is_text),
    "task": ("a text", _is_text),
    "tokenizer_sha256": ("a text", _is_text),
    "labels": ("a list of texts", _are_texts),
    "calibration": ("two numbers, scale and offset", _is_calibration),
    "probe": ("an encoder, its version and numbers as weights", _is_probe),
    "threshold": ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1),
    "max_length": (
        f"a whole number from 1 to {MOST_TOKENS:,}",
        lambda value: _is_whole(value, 1, MOST_TOKENS),
    ),
    "record": ("an object whose fingerprints are texts", _is_record),
    "format_version": ("a whole number from 1 on", lambda value: _is_whole(value, 1, 10**9)),
}


def check_tokenizer(folder: Path, manifest: Manifest) -> None:
    """Refuse a folder whose ``tokenizer.json`` is not the one the model was trained with."""
    path = Path(folder) / "tokenizer.json"
    if not path.is_file():
        raise CheckpointError(f"{folder} holds no tokenizer.json: copy the folder again.")
    found = storage.sha256_of(path)
    if found != manifest.tokenizer_sha256:
        raise TokenizerMismatchError(
            f"{path} has SHA-256 {found[:16]}…, but the model was trained with "
            f"{manifest.tokenizer_sha256[:16]}…. Put the model's own tokenizer.json back."
        )

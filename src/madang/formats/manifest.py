"""``madang.json``: what a model folder holds beyond what Hugging Face's files can say.

A model folder is ``config.json``, ``model.safetensors`` or ``model.onnx``, ``tokenizer.json`` and
this manifest. Training writes it and serving reads it, so it belongs to neither; it is the file
format in which the two meet. A model that shares its lower layers with others names the folder
where they are, and reads its tokenizer there (``madang.formats.trunk``).
"""

import dataclasses
import hashlib
import json
import os
import reprlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from msgspec import Meta

from madang import storage, validation
from madang.errors import CheckpointError, SettingError, TokenizerMismatchError
from madang.validation import Count, Name, Number, Probability

FILE_NAME = "madang.json"
TRUNK_NAME = "trunk.json"
WEIGHTS_NAME = "model.safetensors"
GRAPH_NAME = "model.onnx"
TOKENIZER_NAME = "tokenizer.json"
# 2 is written of models on a trunk alone: what reads up to 1 knows no trunk, and opens the others.
FORMAT_VERSION = 2
# No model reads so many tokens, and no library counts much farther.
Length = Annotated[int, Meta(ge=1, le=1_000_000)]
# What is longer is short no more.
Letters = Annotated[int, Meta(ge=0, le=1_000)]
# A name, a label, a path, a fingerprint: all of them fit into an error message.
LONGEST_TEXT = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Calibration:
    """Turn a binary score into a probability: ``sigmoid(scale * score + offset)``.

    The score is the last label's logit minus the first's. Source: Platt 1999, section 2.
    """

    scale: Number
    offset: Number


UNCALIBRATED = Calibration(scale=1.0, offset=0.0)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Probe:
    """A linear reader of another encoder's vectors: ``weights · vector`` joins a binary score.

    The probability is then ``sigmoid(scale * score + offset + weights · vector)``. ``encoder`` is a
    shipped sentence encoder's name or its folder, ``encoder_version`` the version that the weights
    (D) were fitted to. Sources: Alain and Bengio 2016, section 3 (linear probes); Wolpert 1992
    (stacked generalization).
    """

    encoder: Name
    encoder_version: Name
    weights: tuple[Number, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrunkReference:
    """The trunk that a model stands on: ``folder``, seen from the model's, and its graph's SHA-256.

    On other bytes than those it was exported with, the layers above give other answers.
    """

    folder: Name
    sha256: Name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a model is, beyond its ``config.json``.

    ``family`` is a folder of ``madang.models``; ``task`` names what its head does
    (``"classification"``, ``"masked_tokens"``, …). ``labels`` are in the order of the logits.
    ``probe`` is what another encoder has to say about two labels.
    ``threshold`` is the calibrated probability from which the last of two labels is given.
    ``fewest_letters`` are the letters and digits below which a text is too short to be judged.
    ``max_length`` is the number of tokens a text is cut to. ``tokenizer_sha256`` is the SHA-256
    of ``tokenizer.json``. ``trunk`` names the layers below those of the folder's own graph,
    ``None`` where that is whole. ``record`` is free: data, figures, time, energy of the training.
    """

    family: Name
    task: Name
    tokenizer_sha256: Name
    labels: tuple[Name, ...] = ()
    calibration: Calibration | None = None
    probe: Probe | None = None
    threshold: Probability = 0.5
    fewest_letters: Letters = 0
    max_length: Length = 512
    trunk: TrunkReference | None = None
    record: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    format_version: Count = 1

    def to_json(self) -> str:
        """Return the text of ``madang.json``."""
        fields = dataclasses.asdict(self)
        if self.trunk is None:
            del fields["trunk"]
        return json.dumps(fields, ensure_ascii=False, indent=2) + "\n"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write ``manifest`` into a model folder, whole or not at all."""
    storage.write_text(Path(folder) / FILE_NAME, manifest.to_json())


def weights_sha256(folder: Path) -> str:
    """Return the SHA-256 of a model's weights: of a checkpoint's file, or of an export's graph.

    ``sha256sum`` gives the same, but for a model on a trunk, where two graphs count. The export of
    a recommender has its item vectors beside the graph.
    """
    graph = folder / GRAPH_NAME
    if not graph.is_file():
        return storage.sha256_of(folder / WEIGHTS_NAME)
    trunk = read_manifest(folder).trunk
    own = storage.sha256_of(graph)
    return own if trunk is None else joined_sha256(trunk.sha256, own)


def joined_sha256(trunk: str, graph: str) -> str:
    """Return the fingerprint of a model on a trunk, of those of both graphs.

    >>> joined_sha256("a", "b") == joined_sha256("a", "b") != joined_sha256("b", "a")
    True
    """
    return hashlib.sha256(f"{trunk} {graph}".encode()).hexdigest()


def find_tokenizer(folder: Path) -> Path:
    """Return the ``tokenizer.json`` of a model folder: its own, or that of the trunk it stands on.

    Raises ``CheckpointError`` where the manifest that says so is malformed.
    """
    own, path = Path(folder) / TOKENIZER_NAME, Path(folder) / FILE_NAME
    if own.is_file() or not path.is_file():
        return own
    trunk = _parse(path).trunk
    return own if trunk is None else Path(folder) / trunk.folder / TOKENIZER_NAME


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a model folder and check that its tokenizer is the one it names.

    Raises ``CheckpointError`` when the folder or its manifest is missing or malformed and
    ``TokenizerMismatchError`` when ``tokenizer.json`` is another one.
    """
    path = Path(folder) / FILE_NAME
    if not path.is_file() and path.with_name(TRUNK_NAME).is_file():
        raise CheckpointError(
            f"{folder} is a trunk, of which models take their lower layers; it gives no answer. "
            f"Give the folder of a model that stands on it."
        )
    if not path.is_file():
        raise CheckpointError(
            f"{folder} holds no {FILE_NAME}. A model folder written by `madang train` or "
            f"`madang export` has one: check the path."
        )
    manifest = _parse(path)
    tokenizer = find_tokenizer(folder)
    if not os.path.isfile(tokenizer):  # noqa: PTH113  (pathlib raises for a name that can not be)
        if manifest.trunk is not None:
            raise missing_trunk(folder, manifest.trunk, TOKENIZER_NAME)
        raise CheckpointError(f"{folder} holds no {TOKENIZER_NAME}: copy the folder again.")
    found = storage.sha256_of(tokenizer)
    if found != manifest.tokenizer_sha256:
        raise TokenizerMismatchError(
            f"{tokenizer} has SHA-256 {found[:16]}…, but the model was trained with "
            f"{manifest.tokenizer_sha256[:16]}…. Put the model's own {TOKENIZER_NAME} back."
        )
    return manifest


def missing_trunk(folder: Path, trunk: TrunkReference, name: str) -> CheckpointError:
    """Return the error of a model whose trunk lacks a file, or is not there."""
    place = os.path.normpath(Path(folder) / trunk.folder)
    return CheckpointError(
        f"{folder} stands on the trunk {trunk.folder}, but {place} holds no {name}. Copy the trunk "
        f"to that place, or export the model again."
    )


def _parse(path: Path) -> Manifest:
    """Return what stands in a ``madang.json``; ``CheckpointError`` where it is malformed."""
    try:
        fields = validation.parse_json(path.read_bytes())
        # First: what a newer Madang writes is no error of the file.
        _check_version(path, fields.get("format_version"))
        manifest = validation.convert(fields, Manifest)
        _check_record(manifest.record)
    except SettingError as error:
        raise CheckpointError.damaged(path, error, kind="a manifest") from error
    return manifest


def _check_version(path: Path, version: object) -> None:
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise CheckpointError(
            f"{path} has format version {version}; this Madang reads up to {FORMAT_VERSION}. "
            f"Install a newer Madang."
        )


def _check_record(record: Mapping[str, Any]) -> None:
    """Raise ``SettingError`` where what is read of a record is not as its readers count on."""
    export = record.get("export", {})
    if not isinstance(export, dict):
        raise SettingError(f"record.export is {reprlib.repr(export)}; it must be a table.")
    names = ("items_sha256", "arrays_sha256")
    sums = {f"record.{name}": record.get(name) for name in names}
    sums["record.export.model_sha256"] = export.get("model_sha256")
    for name, value in sums.items():
        if not isinstance(value, str | None) or len(value or "") > LONGEST_TEXT:
            raise SettingError(f"{name} is {reprlib.repr(value)}; it must be a fingerprint.")

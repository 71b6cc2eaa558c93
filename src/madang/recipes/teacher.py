"""A fine-tuned model of the same task that a recipe's model learns from, beside the labels.

It is asked once about all that is learned from. What it says lies in the run's folder, in files
named by the hash of the teacher and of what was asked: a run that was cut off goes on with them,
and of data that changed only what is new is asked about.
"""

import dataclasses
import hashlib
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from msgspec import Meta
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from madang import storage
from madang.errors import SettingError
from madang.formats.catalogue import find_model
from madang.formats.manifest import WEIGHTS_NAME, Manifest, read_manifest, weights_sha256
from madang.runtime.runner import Array
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.distillation import Answer
from madang.tasks.predictor import in_batches, load
from madang.text.tokenizer import Tokenizer
from madang.validation import Count, Share

LOGGER = logging.getLogger("madang.training")
# What is asked at once, and lost by an interruption.
CHUNK = 2048
# A temperature beyond these bounds leaves nothing of a teacher's doubt, or nothing else.
Temperature = Annotated[float, Meta(ge=0.1, le=100)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FurtherTexts:
    """Texts without labels, by the ``data`` and the ``split`` they are in; the first are read."""

    data: str
    split: str = "unlabelled"
    num_texts: Count = 100_000


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelTeacher:
    """The fine-tuned model in a ``folder``, or that ships, whose outputs are learned.

    ``weight`` is the share of its outputs in the loss, the labels have the rest. ``temperature``
    divides both models' logits where they are compared: above 1, what is improbable counts more.
    ``further``: texts that it labels, to learn from beside those of the recipe.
    """

    folder: str
    weight: Share = 0.5
    temperature: Temperature = 1.0
    further: FurtherTexts | None = None


@dataclasses.dataclass(kw_only=True)
class OpenTeacher:
    """The teacher of a run, whose answers are kept in ``folder``."""

    settings: ModelTeacher
    folder: Path

    @cached_property
    def path(self) -> Path:
        """The folder of the model; ``CheckpointError`` where there is none."""
        return find_model(self.settings.folder)

    @cached_property
    def manifest(self) -> Manifest:
        """What the teacher is; ``CheckpointError`` for a folder that holds no whole model."""
        return read_manifest(self.path)

    @cached_property
    def sha256(self) -> str:
        """The hash of its weights."""
        return weights_sha256(self.path)

    @property
    def facts(self) -> dict[str, Any]:
        """What a run is about that learns from it."""
        settings = dataclasses.asdict(self.settings)
        del settings["folder"]  # it may be moved
        return {**settings, "sha256": self.sha256}

    @property
    def record(self) -> dict[str, Any]:
        """What the student's record says of it: what it was trained on is learned from too."""
        data = self.manifest.record.get("data", [])
        return {"folder": self.settings.folder, **self.facts, "data": data}

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer by which it reads."""
        return Tokenizer.load(self.path)

    def check(self, *, task: str, labels: Sequence[str], tokenizer: Tokenizer | None) -> None:
        """Raise ``SettingError`` for a teacher of another task or with other labels.

        ``tokenizer`` is the student's where the teacher must have the same.
        """
        folder, own = self.settings.folder, self.manifest
        if own.task != task:
            raise SettingError(
                f"The teacher {folder} is a model for {own.task!r}, but the recipe's task is "
                f"{task!r}. Give a teacher of the same task, or leave out [teacher]."
            )
        if len(own.labels) != len(labels) or set(own.labels) != set(labels):
            raise SettingError(
                f"The teacher {folder} has {len(own.labels)} labels "
                f"({', '.join(own.labels) or 'none'}), but the data has {len(labels)} "
                f"({', '.join(labels) or 'none'}). Give a teacher of the same labels."
            )
        if own.labels != tuple(labels):
            raise SettingError(
                f"The teacher {folder} has the labels in the order {', '.join(own.labels)}, but "
                f"here it is {', '.join(labels)}. Name them in the teacher's order: [{task}] "
                f"labels = [...]."
            )
        if tokenizer is not None and tokenizer.sha256 != own.tokenizer_sha256:
            raise SettingError(
                f"The teacher {folder} has another tokenizer than the recipe's encoder, and for "
                f"{task!r} both must have the same. Train the teacher from an encoder with the "
                f"same tokenizer.json."
            )

    def answers(self, asked: Sequence[Any]) -> list[Answer]:
        """Return what the teacher says of each text, or pair of texts, asked now or earlier."""
        found: list[Answer] = []
        predictor = None
        for batch in in_batches(asked, CHUNK):
            digest = hashlib.sha256(repr((self.sha256, batch)).encode()).hexdigest()
            path = self.folder / f"{digest[:20]}.safetensors"
            kept = read_answers(path)
            if kept is None:
                predictor = predictor or self.open()
                kept = list(predictor.outputs(batch))
                write_answers(path, kept)
                LOGGER.info("The teacher has answered %d of %d", len(found + kept), len(asked))
            found += kept
        return found

    def open(self) -> Any:
        """Open the model for answers: of a checkpoint in half precision where that is faster."""
        if (self.path / WEIGHTS_NAME).is_file():
            return open_checkpoint(self.path, precision="auto")
        return load(self.path)


def write_answers(path: Path, answers: Sequence[Answer]) -> None:
    """Write the outputs of a teacher into one file, with their hash, whole or not at all."""
    tensors: dict[str, Array] = {}
    for number, column in enumerate(zip(*answers, strict=True)):
        tensors[f"values-{number}"] = np.concatenate(column)
        tensors[f"lengths-{number}"] = np.array([len(each) for each in column], np.int64)
    with storage.replacing(path) as temporary:
        save_file(tensors, temporary, metadata={"sha256": _sha256(tensors)})


def read_answers(path: Path) -> list[Answer] | None:
    """Return the outputs in a file, ``None`` where there is none or it is not what was written."""
    if not path.is_file():
        return None
    try:
        with safe_open(path, framework="np") as file:
            expected = (file.metadata() or {}).get("sha256")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, ValueError) as error:
        LOGGER.warning("%s can not be read (%s); the teacher is asked again", path, error)
        return None
    if _sha256(tensors) != expected:
        LOGGER.warning("%s is not as it was written; the teacher is asked again", path)
        return None
    columns = [
        _parts(tensors[f"values-{number}"], tensors[f"lengths-{number}"])
        for number in range(len(tensors) // 2)
    ]
    return list(zip(*columns, strict=True))


def _parts(values: Array, lengths: Array) -> Iterator[Array]:
    stop = 0
    for length in lengths.tolist():
        stop += length
        yield values[stop - length : stop]


def _sha256(tensors: dict[str, Array]) -> str:
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].shape}".encode() + tensors[name].tobytes())
    return digest.hexdigest()

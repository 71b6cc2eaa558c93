"""One vector a text, whichever model gives it: windows are read one by one, and averaged."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from madang.errors import CheckpointError
from madang.runtime.runner import Array, Runner
from madang.runtime.signature import TOKENS, Signature
from madang.tasks.predictor import load, run_parts
from madang.text.legibility import is_legible
from madang.text.tokenizer import Tokenizer
from madang.text.window import is_cut, most_tokens, read_windows

SIGNATURE = Signature("a sentence encoder", TOKENS, {"sentence_embedding": ""})


@runtime_checkable
class VectorReader(Protocol):
    """What gives texts vectors (``width`` numbers each), for a task that builds on them."""

    version: str
    width: int

    def embed(self, texts: Sequence[str]) -> Array:
        """Return the vectors (N, D) of texts, each of length 1; zeros for one of nothing."""
        ...


def open_vectors(name_or_folder: str, *, num_threads: int = 1) -> VectorReader:
    """Open a sentence encoder by its name or its folder; ``CheckpointError`` for another model."""
    found = load(name_or_folder, num_threads=num_threads)
    if not isinstance(found, VectorReader):
        raise CheckpointError(
            f"{name_or_folder} is a {type(found).__name__} and gives no vectors; {SIGNATURE.model} "
            f"does. Give another one."
        )
    return found


@dataclasses.dataclass(frozen=True, eq=False)
class TextVector:
    """What a sentence encoder says of one text.

    ``vector`` (D) has length 1; it is None where there is nothing to compare.
    ``is_truncated`` tells that the text was longer than all windows together.
    """

    vector: Array | None
    is_truncated: bool


def read_vectors(
    runner: Runner, tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> list[TextVector]:
    """Return the vector of each text, in order; none of a text of which nothing can be read.

    A text longer than ``max_length`` tokens is read in windows, sixteen at most, and its vector
    points where the mean of theirs does.
    """
    read = read_windows(tokenizer, texts, max_length=max_length)
    feeds = [
        [{"input_ids": window.ids} for window in windows]
        if is_legible(text, encoding, tokenizer)
        else []
        for text, (encoding, windows) in zip(texts, read, strict=True)
    ]
    vectors = [_mean([vector_D for (vector_D,) in found]) for found in run_parts(runner, feeds)]
    limit = most_tokens(max_length)
    return [
        TextVector(vector, is_cut(text, encoding, max_length=limit))
        for text, (encoding, _), vector in zip(texts, read, vectors, strict=True)
    ]


def _mean(vectors: Sequence[Array]) -> Array | None:
    if len(vectors) < 2:
        return vectors[0] if vectors else None
    mean_D = np.mean(vectors, axis=0, dtype=np.float64)
    return np.asarray(mean_D / max(float(np.linalg.norm(mean_D)), 1e-12), np.float32)

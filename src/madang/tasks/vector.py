"""One vector a text, whichever model gives it: windows are read one by one, and averaged."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from madang.errors import CheckpointError
from madang.runtime.runner import Array, Runner
from madang.runtime.signature import TOKENS, Signature
from madang.tasks.predictor import load, run_parts
from madang.text.tokenizer import Tokenizer
from madang.text.window import read_windows

SIGNATURE = Signature("a sentence encoder", TOKENS, {"sentence_embedding": ""})


@runtime_checkable
class VectorReader(Protocol):
    """What gives texts vectors (``width`` numbers each), for a task that builds on them."""

    version: str
    width: int

    def embed(self, texts: Sequence[str]) -> Array:
        """Return the vectors (N, D) of texts, each of length 1; zeros for a text of no word."""
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


def read_vectors(
    runner: Runner, tokenizer: Tokenizer, texts: Sequence[str], *, max_length: int
) -> list[Array | None]:
    """Return a vector (D) of length 1 a text, in order; ``None`` for a text without a word.

    A text longer than ``max_length`` tokens is read in windows, sixteen at most, and its vector
    points where the mean of theirs does.
    """
    feeds = [
        [] if all(encoding.special) else [{"input_ids": window.ids} for window in windows]
        for encoding, windows in read_windows(tokenizer, texts, max_length=max_length)
    ]
    return [_mean([vector_D for (vector_D,) in found]) for found in run_parts(runner, feeds)]


def _mean(vectors: Sequence[Array]) -> Array | None:
    if len(vectors) < 2:
        return vectors[0] if vectors else None
    mean_D = np.mean(vectors, axis=0, dtype=np.float64)
    return np.asarray(mean_D / max(float(np.linalg.norm(mean_D)), 1e-12), np.float32)

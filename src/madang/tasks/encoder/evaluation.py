"""A bare encoder has no figures; its int8 is tried by whether it makes of texts what fp32 makes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from madang.datasets import registry
from madang.datasets.own.record import Recorded
from madang.datasets.rows import load_texts
from madang.datasets.table.reader import is_path
from madang.errors import DataError
from madang.formats.manifest import Manifest
from madang.metrics.similarity import spearman
from madang.tasks.encoder.predictor import Encoder
from madang.tasks.evaluation import Trial

# Enough to see that vectors stay, and half a million pairs to rank.
NUM_TEXTS = 1000
MOST_TEXTS = 100_000
MAX_LOSS = 0.01
Vectors = npt.NDArray[np.floating[Any]]


def load(data: str, split: str, manifest: Manifest) -> list[str]:
    """Read some texts of a data set, spread over the split; ``DataError`` where there is none."""
    if is_path(data):
        columns = Recorded.of(manifest.record).table
        texts = load_texts(data, split, limit=MOST_TEXTS, columns=columns)
    else:
        texts = [row.text for row in registry.load(data, split) if hasattr(row, "text")]
    if not texts:
        raise DataError(f"The rows of {data} have no text. Give data that have, such as nsmc.")
    return texts[:: max(1, len(texts) // NUM_TEXTS)][:NUM_TEXTS]


def trial(rows: Sequence[str], manifest: Manifest) -> Trial:
    """Return the trial of texts without labels.

    The score is the least of three agreements with the model that is scored first: the mean cosine
    of its texts' mean vectors, that of their pooled vectors, and how far all pairs of texts stay in
    the same order of similarity (Spearman, over mean vectors without their common part).
    """
    expected: list[tuple[Vectors, Vectors]] = []

    def score(model: Encoder) -> float:
        encoded = list(model.stream(rows))
        mean_ND = np.stack([text.sequence_output.mean(axis=0) for text in encoded])
        pooled_ND = np.stack([text.pooled_output for text in encoded])
        expected.append((mean_ND, pooled_ND))
        return agreement(expected[0], expected[-1])

    return Trial(
        figure="agreement with fp32",
        num_rows=len(rows),
        score=score,
        ask=lambda model, row: model.encode([rows[row]]),
        max_loss=MAX_LOSS,
    )


def agreement(expected: tuple[Vectors, Vectors], found: tuple[Vectors, Vectors]) -> float:
    """Return the least of the mean cosines of both kinds of vectors and the agreement of ranks.

    >>> one = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> round(agreement((one, one), (2 * one, one)), 6)
    1.0
    """
    cosines = [
        float((unit(one_ND) * unit(other_ND)).sum(axis=1).mean())
        for one_ND, other_ND in zip(expected, found, strict=True)
    ]
    pairs = np.triu_indices(len(expected[0]), 1)
    orders = []
    for mean_ND, _ in (expected, found):
        own_ND = unit(mean_ND - mean_ND.mean(axis=0))
        orders.append((own_ND @ own_ND.T)[pairs])
    return min(*cosines, spearman(*orders))


def unit(vectors_ND: Vectors) -> Vectors:
    """Return vectors of length 1 in the same directions."""
    length_N1 = np.linalg.norm(vectors_ND, axis=1, keepdims=True)
    return np.asarray(vectors_ND / np.maximum(length_N1, 1e-12))

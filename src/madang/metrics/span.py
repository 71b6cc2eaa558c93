"""Figures of entities: an entity is found when start, end and type are all right.

The same counts and averages as ``seqeval`` in its strict mode. Counts are kept a text, so that an
interval can be drawn from texts. Source: Tjong Kim Sang and De Meulder 2003, section 3.
"""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError
from madang.metrics.classification import mean_f1

# (start, end, type)
Span = tuple[int, int, str]
Counts = NDArray[np.int64]


def span_counts(
    predictions: Sequence[Collection[Span]],
    truths: Sequence[Collection[Span]],
    types: Sequence[str],
) -> Counts:
    """Count the entities of each text and type, (texts, types, 3): found, predicted, true.

    >>> span_counts([[(0, 2, "PER")]], [[(0, 2, "PER"), (3, 5, "PER")]], ["PER"]).tolist()
    [[[1, 1, 2]]]
    """
    if len(predictions) != len(truths):
        raise DataError(
            f"There are predictions for {len(predictions)} texts, but {len(truths)} texts; give "
            f"one each."
        )
    number = {type: index for index, type in enumerate(types)}
    counts = np.zeros((len(truths), len(types), 3), np.int64)
    for row, predicted, true in zip(counts, predictions, truths, strict=True):
        for column, spans in enumerate((set(predicted) & set(true), predicted, true)):
            for *_, type in spans:
                row[number[type], column] += 1
    return counts


def span_macro_f1(counts: Counts) -> float:
    """Return the mean F1 of the types that were predicted or true.

    Raises ``DataError`` when there is none.

    >>> span_macro_f1(np.array([[[1, 1, 1], [1, 2, 2], [0, 0, 0]]]))
    0.75
    """
    found, predicted, true = counts.sum(axis=0).T
    return mean_f1(found, predicted + true)


def span_micro_f1(counts: Counts) -> float:
    """Return the F1 over all entities, whatever their type.

    >>> span_micro_f1(np.array([[[1, 1, 1], [1, 2, 4]]]))
    0.5
    """
    found, predicted, true = counts.sum(axis=(0, 1))
    return mean_f1([found], [predicted + true])

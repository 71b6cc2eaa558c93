"""The report of a model for pairs of texts: of its labels, or of its scores.

A checkpoint, an int8 export and a baseline answer the same protocol and are measured by the same
lines.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.baselines.pair import NgramCosine, NgramPairs
from madang.datasets import registry
from madang.datasets.card import TextPair
from madang.datasets.rows import load_rows
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.metrics.calibration import expected_calibration_error
from madang.metrics.classification import accuracy, macro_f1, roc_auc
from madang.metrics.figure import Figure, figure
from madang.metrics.similarity import pearson, spearman
from madang.tasks.evaluation import Trial, check_labels, coverage_figures
from madang.tasks.pair.predictor import Comparer, Pair


def load(data: str, split: str, manifest: Manifest) -> list[TextPair]:
    """Read the pairs of a data set, labelled as the model labels.

    Raises ``SettingError`` for a data set with other labels, ``DataError`` for one without pairs.
    """
    check_labels(manifest, data, registry.find_card(data).labels)
    return load_rows([data], split, kind=TextPair)


def measure(model: Any, rows: Sequence[TextPair], manifest: Manifest) -> dict[str, Figure]:
    """Return the figures of a model on pairs: of its labels, or where it has none of its scores.

    ``model`` is a ``Comparer`` or a baseline that has the one or the other.
    """
    pairs = texts(rows)
    if not manifest.labels:
        scores, targets = model.scores(pairs), np.array([row.label for row in rows])
        return {
            "spearman": figure(spearman, scores, targets),
            "pearson": figure(pearson, scores, targets),
        }
    probabilities = model.probabilities(pairs)
    labels = _labels(rows)
    predictions = probabilities.argmax(axis=1)
    figures = {
        "accuracy": figure(accuracy, predictions, labels),
        "macro_f1": figure(macro_f1, predictions, labels),
    }
    if probabilities.shape[1] == 2:
        last = probabilities[:, 1]
        figures["roc_auc"] = figure(roc_auc, last, labels)
        figures["calibration_error"] = figure(expected_calibration_error, last, labels)
    if isinstance(model, Comparer):
        figures |= coverage_figures(model.judges_both(pairs), predictions == labels)
    return figures


def fit_baseline(data: str, manifest: Manifest) -> object:
    """Fit n-grams to the split ``train``: for scores their cosine, for labels a linear model.

    Raises ``SettingError`` for data without that split.
    """
    if "train" not in registry.find_card(data).splits:
        raise SettingError(
            f"{data} has no split 'train' to fit a baseline to. Measure without the baseline."
        )
    rows = load(data, "train", manifest)
    if not manifest.labels:
        return NgramCosine().fit(texts(rows))
    held_out = load(data, "validation", manifest)
    return NgramPairs().fit(texts(rows), _labels(rows), texts(held_out), _labels(held_out))


def trial(rows: Sequence[TextPair], manifest: Manifest) -> Trial:
    """Return the trial by the share of right labels, or by how well scores follow their order."""
    pairs, given = texts(rows), [row.label for row in rows]

    def share_right(model: Comparer) -> float:
        return float((model.probabilities(pairs).argmax(axis=1) == np.array(given)).mean())

    if manifest.labels:
        return Trial(
            figure="accuracy",
            num_rows=len(rows),
            score=share_right,
            ask=lambda model, row: model.probabilities([pairs[row]]),
        )
    return Trial(
        figure="spearman",
        num_rows=len(rows),
        score=lambda model: spearman(model.scores(pairs), given),
        ask=lambda model, row: model.scores([pairs[row]]),
    )


def texts(rows: Sequence[TextPair]) -> list[Pair]:
    """Return the two texts of each row."""
    return [(row.first, row.second) for row in rows]


def _labels(rows: Sequence[TextPair]) -> NDArray[np.int64]:
    return np.array([row.label for row in rows], np.int64)

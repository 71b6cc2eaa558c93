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
from madang.datasets.own.pair import LABELLED_PAIR, SCORED_PAIR
from madang.datasets.table.reader import is_path
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.metrics.calibration import expected_calibration_error
from madang.metrics.classification import accuracy, macro_f1, roc_auc
from madang.metrics.figure import Figure, figure
from madang.metrics.similarity import pearson, spearman
from madang.tasks.evaluation import Data, Trial, coverage_figures, load_data, names_of
from madang.tasks.pair.predictor import Comparer, Pair


def load(data: Data, split: str, manifest: Manifest) -> list[TextPair]:
    """Read the pairs of data sets and files, labelled as the model labels.

    Raises ``SettingError`` for a data set with other labels, ``DataError`` for one without pairs.
    """
    return load_data(data, split, manifest, LABELLED_PAIR if manifest.labels else SCORED_PAIR)


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


def fit_baseline(data: Data, manifest: Manifest) -> object:
    """Fit n-grams to the split ``train``: for scores their cosine, for labels a linear model.

    Raises ``SettingError`` for data without that split.
    """
    sets = [name for name in names_of(data) if not is_path(name)]
    untaught = [name for name in sets if "train" not in registry.find_card(name).splits]
    if untaught:
        raise SettingError(
            f"{', '.join(untaught)} has no split 'train' to fit a baseline to. Measure without the "
            f"baseline."
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

"""The report of a classifier: figures with 95 % intervals, whatever the classifier is.

A checkpoint, an int8 export and a linear baseline answer the same protocol and are measured by the
same lines.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from madang.baselines.ngram import NgramClassifier
from madang.datasets.card import LabelledText
from madang.datasets.own.labelled import LABELLED
from madang.formats.manifest import Manifest
from madang.metrics.calibration import expected_calibration_error
from madang.metrics.classification import accuracy, false_positive_rate, macro_f1, roc_auc
from madang.metrics.figure import Figure, figure
from madang.tasks.classifier import Classifier
from madang.tasks.evaluation import Data, Trial, coverage_figures, load_data
from madang.tasks.faithfulness import measure_reasons as measure_reasons

Scorer = Classifier | NgramClassifier
FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int64]


def load(data: Data, split: str, manifest: Manifest) -> list[LabelledText]:
    """Read the texts of data sets and files, labelled as the model labels.

    Raises ``SettingError`` for a data set with other labels, ``DataError`` for such a file.
    """
    return load_data(data, split, manifest, LABELLED)


def measure(model: Scorer, rows: Sequence[LabelledText], manifest: Manifest) -> dict[str, Figure]:
    """Return every figure of a classifier on ``rows`` by name.

    The larger probability gives the class. Of two classes the second may be shown from a
    threshold other than a half: figures of what is shown bear it in their name.
    """
    texts = [row.text for row in rows]
    probabilities = model.probabilities(texts)
    labels = np.array([row.label for row in rows], np.int64)
    if probabilities.shape[1] == 2:
        shown = (probabilities[:, 1] >= manifest.threshold).astype(np.int64)
        figures = _binary_figures(probabilities[:, 1], shown, labels, manifest.threshold)
    else:
        shown = probabilities.argmax(axis=1)
        figures = {
            "accuracy": figure(accuracy, shown, labels),
            "macro_f1": figure(macro_f1, shown, labels),
        }
    if isinstance(model, Classifier):
        figures |= coverage_figures(model.is_judged(texts), shown == labels)
    return figures


def fit_baseline(data: Data, manifest: Manifest) -> Scorer:
    """Fit a linear model to the split ``train``."""
    rows = load(data, "train", manifest)
    labels: LabelArray = np.array([row.label for row in rows], np.int64)
    return NgramClassifier().fit([row.text for row in rows], labels)


def trial(rows: Sequence[LabelledText], manifest: Manifest) -> Trial:
    """Return the trial by the share of texts that get their label."""
    texts = [row.text for row in rows]
    labels = [manifest.labels[row.label] for row in rows]

    def score(model: Classifier) -> float:
        found = [model.decision(reading).label for reading in model.read(texts)]
        return float(np.mean([one == other for one, other in zip(found, labels, strict=True)]))

    return Trial(
        figure="accuracy",
        num_rows=len(rows),
        score=score,
        ask=lambda model, row: model.classify([texts[row]], reasons=False),
    )


def _binary_figures(
    probabilities: FloatArray, shown: LabelArray, labels: LabelArray, threshold: float
) -> dict[str, Figure]:
    likelier = (probabilities >= 0.5).astype(np.int64)
    return {
        "accuracy": figure(accuracy, likelier, labels),
        f"accuracy[{threshold:.2f}]": figure(accuracy, shown, labels),
        "roc_auc": figure(roc_auc, probabilities, labels),
        "macro_f1": figure(macro_f1, likelier, labels),
        "calibration_error": figure(expected_calibration_error, probabilities, labels),
        f"false_positives_per_1000[{threshold:.2f}]": figure(_false_positives, shown, labels),
    }


def _false_positives(predictions: LabelArray, labels: LabelArray) -> float:
    return 1000 * false_positive_rate(predictions, labels)

"""The report of a classifier: figures with 95 % intervals, whatever the classifier is.

A checkpoint, an int8 export and a linear baseline answer the same protocol and are measured by the
same lines. Intervals are bootstrapped over texts (Efron 1979).
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from madang.datasets.card import LabelledText
from madang.metrics.calibration import expected_calibration_error
from madang.metrics.classification import accuracy, false_positive_rate, macro_f1, roc_auc
from madang.metrics.interval import bootstrap_interval

FloatArray = NDArray[np.float64]
LabelArray = NDArray[np.int64]


class Scorer(Protocol):
    """A classifier as evaluation sees it: texts in, probabilities out."""

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the calibrated probability of each class, (N, C)."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value and the interval that holds it in 95 of 100 samples."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}]"


def evaluate_classifier(
    scorer: Scorer, rows: Sequence[LabelledText], *, threshold: float = 0.5
) -> dict[str, Figure]:
    """Return every figure of a classifier on ``rows`` by name.

    The larger probability gives the class. Of two classes the second may be shown from a
    ``threshold`` other than a half: figures of what is shown bear it in their name.
    """
    probabilities = scorer.probabilities([row.text for row in rows])
    labels = np.array([row.label for row in rows], np.int64)
    if probabilities.shape[1] == 2:
        return _binary_figures(probabilities[:, 1], labels, threshold)
    predictions = probabilities.argmax(axis=1)
    return {
        "accuracy": _figure(accuracy, predictions, labels),
        "macro_f1": _figure(macro_f1, predictions, labels),
    }


def _binary_figures(
    probabilities: FloatArray, labels: LabelArray, threshold: float
) -> dict[str, Figure]:
    likelier = (probabilities >= 0.5).astype(np.int64)
    shown = (probabilities >= threshold).astype(np.int64)
    return {
        "accuracy": _figure(accuracy, likelier, labels),
        f"accuracy[{threshold:.2f}]": _figure(accuracy, shown, labels),
        "roc_auc": _figure(roc_auc, probabilities, labels),
        "macro_f1": _figure(macro_f1, likelier, labels),
        "calibration_error": _figure(expected_calibration_error, probabilities, labels),
        f"false_positives_per_1000[{threshold:.2f}]": _figure(_false_positives, shown, labels),
    }


def _false_positives(predictions: LabelArray, labels: LabelArray) -> float:
    return 1000 * false_positive_rate(predictions, labels)


def _figure(
    metric: Callable[..., float], answers: NDArray[np.generic], labels: LabelArray
) -> Figure:
    low, high = bootstrap_interval(metric, answers, labels)
    return Figure(value=float(metric(answers, labels)), low=float(low), high=float(high))

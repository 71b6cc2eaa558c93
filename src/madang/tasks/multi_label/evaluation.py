"""The report of a model that gives a text any number of labels, with 95 % intervals."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from madang.baselines.ngram import UNKNOWN, NgramClassifier
from madang.datasets.card import MultiLabelText
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure, figure
from madang.metrics.multi_label import label_macro_f1, label_micro_f1, label_ranking_precision
from madang.tasks.classifier import Classifier
from madang.tasks.evaluation import Data, Trial, coverage_figures, load_data
from madang.tasks.faithfulness import measure_reasons as measure_reasons


def load(data: Data, split: str, manifest: Manifest) -> list[MultiLabelText]:
    """Read the texts of data sets and files that have the model's labels.

    Raises ``SettingError`` for a data set with other labels, ``DataError`` for other rows.
    """
    return load_data(data, split, manifest, MULTI_LABEL)


def measure(
    model: Classifier | NgramClassifier, rows: Sequence[MultiLabelText], manifest: Manifest
) -> dict[str, Figure]:
    """Return the figures of a model; a label is given from the manifest's threshold on.

    Where it is not known whether a text has a label, the label is neither asked nor answered.
    """
    texts = [row.text for row in rows]
    truth = truth_matrix(rows, len(manifest.labels))
    is_known = known_matrix(rows, len(manifest.labels))
    probabilities = np.where(is_known, model.probabilities(texts), -1.0)
    given = (probabilities >= manifest.threshold).astype(np.int64) * is_known
    figures = {"label_ranking_precision": figure(label_ranking_precision, probabilities, truth)}
    if truth.any():
        figures["macro_f1"] = figure(label_macro_f1, given, truth)
        figures["micro_f1"] = figure(label_micro_f1, given, truth)
    for number, name in enumerate(manifest.labels):
        if truth[:, number].any():
            figures[f"f1[{name}]"] = figure(partial(_f1_of, number), given, truth)
        elif is_known[:, number].any():  # no row has it: what is given is given wrongly
            wrong = given[is_known[:, number], number].astype(np.float64)
            figures[f"wrongly_given[{name}]"] = figure(np.mean, wrong)
    if isinstance(model, Classifier):
        is_right = (given == truth).all(axis=1)
        figures |= coverage_figures(model.is_judged(texts), is_right)
    return figures


def fit_baseline(data: Data, manifest: Manifest) -> NgramClassifier:
    """Fit one linear model a label, each against the rest, to the split ``train``."""
    rows = load(data, "train", manifest)
    is_known = known_matrix(rows, len(manifest.labels))
    truth = np.where(is_known, truth_matrix(rows, len(manifest.labels)), UNKNOWN)
    return NgramClassifier().fit([row.text for row in rows], truth)


def trial(rows: Sequence[MultiLabelText], manifest: Manifest) -> Trial:
    """Return the trial by how far up the labels that a text has stand among all."""
    texts = [row.text for row in rows]
    truth = truth_matrix(rows, len(manifest.labels))
    is_known = known_matrix(rows, len(manifest.labels))
    return Trial(
        figure="label_ranking_precision",
        num_rows=len(rows),
        score=lambda model: label_ranking_precision(
            np.where(is_known, model.probabilities(texts), -1.0), truth
        ),
        ask=lambda model, row: model.classify([texts[row]], reasons=False),
    )


def truth_matrix(rows: Sequence[MultiLabelText], num_labels: int) -> NDArray[np.int64]:
    """Return 1 where a row has a label, (N, C).

    >>> truth_matrix([MultiLabelText("가", (0, 2)), MultiLabelText("나", ())], 3).tolist()
    [[1, 0, 1], [0, 0, 0]]
    """
    truth = np.zeros((len(rows), num_labels), np.int64)
    for row, labels in zip(truth, rows, strict=True):
        row[list(labels.labels)] = 1
    return truth


def known_matrix(rows: Sequence[MultiLabelText], num_labels: int) -> NDArray[np.bool_]:
    """Return whether it is known if a row has a label, (N, C).

    >>> known_matrix([MultiLabelText("가", (0,), unknown=(2,))], 3).tolist()
    [[True, True, False]]
    """
    is_known = np.ones((len(rows), num_labels), np.bool_)
    for known_C, row in zip(is_known, rows, strict=True):
        known_C[[*row.unknown, *row.any_of]] = False
    return is_known


def _f1_of(number: int, given: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    return label_micro_f1(given[:, [number]], truth[:, [number]])

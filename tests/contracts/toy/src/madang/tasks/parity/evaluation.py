"""The share of texts whose parity is right, beside always saying odd."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from madang.datasets import registry
from madang.formats.manifest import Manifest
from madang.metrics.classification import accuracy
from madang.metrics.figure import Figure, figure
from madang.tasks.evaluation import Trial
from madang.text.sentence import sentence_spans


class Counter(Protocol):
    """What says ``even`` or ``odd`` of texts."""

    def parities(self, texts: Sequence[str]) -> list[str]:
        """Return the label of each text, in order."""


class AlwaysOdd:
    """The baseline: the answer that is right most often."""

    def parities(self, texts: Sequence[str]) -> list[str]:
        """Return ``odd`` for each text."""
        return ["odd"] * len(texts)


def load(data: str, split: str, manifest: Manifest) -> list[str]:
    """Read the texts of a data set."""
    return [row.text for row in registry.load(data, split)]


def measure(model: Counter, rows: Sequence[str], manifest: Manifest) -> dict[str, Figure]:
    """Return the share of texts that are answered rightly."""
    is_odd = np.array([len(sentence_spans(text)) % 2 for text in rows])
    said = np.array([int(label == "odd") for label in model.parities(rows)])
    return {"accuracy": figure(accuracy, said, is_odd)}


def fit_baseline(data: str, manifest: Manifest) -> AlwaysOdd:
    """Return what a transformer has to beat."""
    return AlwaysOdd()


def trial(rows: Sequence[str], manifest: Manifest) -> Trial:
    """Return the trial of int8 by the share of right answers."""
    return Trial(
        figure="accuracy",
        num_rows=len(rows),
        score=lambda model: measure(model, rows, manifest)["accuracy"].value,
        ask=lambda model, row: model.parities([rows[row]]),
    )

"""What a served model is tried by before int8 may take the place of fp32: one class a task."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from madang.datasets import registry
from madang.datasets.card import TextPair
from madang.errors import DataError, ExportError, SettingError
from madang.manifest import Manifest
from madang.metrics.similarity import spearman
from madang.serving import Classifier, Embedder


class Trial(Protocol):
    """Rows that a model answers, and how good its answers are.

    ``figure`` names what ``score`` gives: from 0 to 1, more is better. ``ask`` has one row
    answered, to be timed.
    """

    @property
    def figure(self) -> str: ...

    def __len__(self) -> int: ...

    def open(self, folder: Path) -> Any: ...

    def score(self, model: Any) -> float: ...

    def ask(self, model: Any, row: int) -> object: ...


@dataclasses.dataclass(frozen=True)
class ClassificationTrial:
    """Texts and the numbers of their labels."""

    texts: Sequence[str]
    labels: Sequence[int]
    figure: str = "accuracy"

    def __post_init__(self) -> None:
        if len(self.texts) != len(self.labels):
            raise SettingError(
                f"{len(self.texts)} texts but {len(self.labels)} labels; give one label a text."
            )

    def __len__(self) -> int:
        return len(self.texts)

    def open(self, folder: Path) -> Classifier:
        return Classifier.load(folder)

    def score(self, model: Classifier) -> float:
        """Return the share of texts that get their label."""
        found = [answer.label for answer in model.stream(self.texts)]
        right = [
            model.labels[label] == answer for label, answer in zip(self.labels, found, strict=True)
        ]
        return sum(right) / len(self.texts)

    def ask(self, model: Classifier, row: int) -> object:
        return model.classify([self.texts[row]])


@dataclasses.dataclass(frozen=True)
class EmbeddingTrial:
    """Pairs of texts with a score."""

    pairs: Sequence[TextPair]
    figure: str = "spearman"

    def __len__(self) -> int:
        return len(self.pairs)

    def open(self, folder: Path) -> Embedder:
        return Embedder.load(folder)

    def score(self, model: Embedder) -> float:
        """Return how well cosines follow the scores."""
        first_ND = model.embed([pair.first for pair in self.pairs])
        second_ND = model.embed([pair.second for pair in self.pairs])
        return spearman((first_ND * second_ND).sum(axis=1), [pair.label for pair in self.pairs])

    def ask(self, model: Embedder, row: int) -> object:
        return model.embed([self.pairs[row].first])


def load_trial(data: str, split: str, manifest: Manifest) -> Trial:
    """Read the rows of a data set by which a model of the manifest's task is tried.

    Raises ``ExportError`` for a task whose int8 can not be tried, ``SettingError`` for data with
    other labels and ``DataError`` for rows of another kind.
    """
    if manifest.task not in TRIALS:
        raise ExportError(
            f"int8 of a model for {manifest.task!r} can not be tried; of {', '.join(TRIALS)} it "
            f"can. Leave out --data: fp32 is written."
        )
    return TRIALS[manifest.task](data, split, manifest)


def _classification(data: str, split: str, manifest: Manifest) -> Trial:
    card = registry.find_card(data)
    if card.labels != manifest.labels:
        raise SettingError(
            f"{data} has the labels {', '.join(card.labels)}, the model "
            f"{', '.join(manifest.labels)}. Give the data set that it was trained for: --data."
        )
    rows = registry.load_labelled(data, split)
    return ClassificationTrial([row.text for row in rows], [row.label for row in rows])


def _embedding(data: str, split: str, manifest: Manifest) -> Trial:
    rows = registry.load(data, split)
    pairs = [row for row in rows if isinstance(row, TextPair)]
    if len(pairs) != len(rows) or registry.find_card(data).labels:
        raise DataError(
            f"The rows of {data} are no pairs of texts with a score. Give data whose are, such as "
            f"korsts: --data."
        )
    return EmbeddingTrial(pairs)


TRIALS: dict[str, Callable[[str, str, Manifest], Trial]] = {
    "classification": _classification,
    "embedding": _embedding,
}

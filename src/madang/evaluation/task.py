"""How a model is measured depends on its task: one line a task, one file a line.

A task's file holds three functions, ``load``, ``measure`` and ``fit_baseline``, as the protocol
below says. What it measures is opened by name, from an export or a checkpoint, and answers alike.
"""

import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from madang.datasets import interaction_table, registry, table
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure


class Linear(Protocol):
    """A linear model on the character n-grams of texts."""

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "Linear":
        """Learn from texts and their labels (N,); return self."""
        ...

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class, (N, C)."""
        ...


class Evaluation(Protocol):
    """What the file of a task holds."""

    def load(self, data: str, split: str, manifest: Manifest) -> Sequence[Any]:
        """Read the rows to measure on; refuse labels that are not the model's."""
        ...

    def measure(self, model: Any, rows: Sequence[Any], manifest: Manifest) -> dict[str, Figure]:
        """Return the figures of a model, or of the baseline, by name; the foremost first."""
        ...

    def fit_baseline(self, data: str, manifest: Manifest, build: Callable[[], Linear]) -> Any:
        """Return what a transformer has to beat, learned from ``data``; ``measure`` takes it."""
        ...


class Entry(NamedTuple):
    """The file of a task, what opens an export and what opens a checkpoint, by a folder.

    Data whose name ends in one of ``suffixes`` is a file of one's own, judged by ``file_split``.
    """

    module: str
    served: str
    trained: str
    baseline: str = "TF-IDF"
    suffixes: tuple[str, ...] = table.SUFFIXES
    file_split: str = "validation"

    def is_file(self, data: str) -> bool:
        """Say whether data is a file, and not a data set by name."""
        return data.endswith(self.suffixes)

    def licence(self, data: str) -> str:
        """Return the licence of a data set; a file of one's own has none that is known."""
        return "your own file" if self.is_file(data) else registry.find_card(data).licence

    def default_splits(self, data: str) -> tuple[str, ...]:
        """Return the splits by which data is judged; of a file, what is held out of it."""
        return (self.file_split,) if self.is_file(data) else registry.find_card(data).measured_on


EVALUATIONS = {
    "answering": Entry(
        module="madang.tasks.answering.evaluation",
        served="madang.tasks.answering.predictor:Answerer.load",
        trained="madang.training.answerer:CheckpointAnswerer",
        baseline="best sentence",
    ),
    "classification": Entry(
        module="madang.tasks.classification.evaluation",
        served="madang.commands.evaluate:ServedScorer.load",
        trained="madang.training.prediction:CheckpointScorer",
    ),
    "embedding": Entry(
        module="madang.tasks.embedding.evaluation",
        served="madang.tasks.embedding.predictor:Embedder.load",
        trained="madang.training.embedder:CheckpointEmbedder",
    ),
    "multi_label": Entry(
        module="madang.tasks.multi_label.evaluation",
        served="madang.commands.evaluate:ServedScorer.load",
        trained="madang.training.prediction:CheckpointScorer",
    ),
    "pair_classification": Entry(
        module="madang.tasks.pair.evaluation",
        served="madang.tasks.pair.predictor:Comparer.load",
        trained="madang.training.pair_scorer:PairScorer",
    ),
    "recommendation": Entry(
        module="madang.tasks.recommendation.evaluation",
        served="madang.tasks.recommendation.predictor:Recommender.load",
        trained="madang.training.recommender:CheckpointRecommender",
        baseline="popularity",
        suffixes=interaction_table.SUFFIXES,
        file_split="test",
    ),
    "similarity": Entry(
        module="madang.tasks.pair.evaluation",
        served="madang.tasks.pair.predictor:Comparer.load",
        trained="madang.training.pair_scorer:PairScorer",
        baseline="TF-IDF cosine",
    ),
    "tagging": Entry(
        module="madang.tasks.tagging.evaluation",
        served="madang.tasks.tagging.predictor:Tagger.load",
        trained="madang.training.tagger:CheckpointTagger",
        baseline="dictionary",
    ),
}


def find_evaluation(task: str) -> tuple[Entry, Evaluation]:
    """Return the line and the file of a task; ``SettingError`` where there is none."""
    if task not in EVALUATIONS:
        raise SettingError(
            f"A model for {task!r} can not be measured; those for {', '.join(EVALUATIONS)} can. "
            f"Give one of these."
        )
    entry = EVALUATIONS[task]
    module: Any = importlib.import_module(entry.module)
    return entry, module


def find_target(target: str) -> Any:
    """Import what ``module:name`` or ``module:class.method`` names."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found

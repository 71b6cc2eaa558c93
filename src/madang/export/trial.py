"""What a served model is tried by before int8 may take the place of fp32: one class a task."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from madang.datasets import registry
from madang.datasets.card import MultiLabelText, Question, TaggedText, TextPair
from madang.decoding.tag import tag_names
from madang.errors import DataError, ExportError, SettingError
from madang.formats.manifest import Manifest
from madang.metrics.answer import character_f1
from madang.metrics.multi_label import label_ranking_precision
from madang.metrics.similarity import spearman
from madang.metrics.span import span_counts, span_macro_f1
from madang.serving import Classifier, Embedder, Encoder
from madang.tasks.answering.predictor import Answerer
from madang.tasks.pair.predictor import Comparer
from madang.tasks.tagging.predictor import Tagger

MAX_LOSS = 0.005
# Of an encoder's texts: enough to see that vectors stay, and half a million pairs to rank.
NUM_TEXTS = 1000
Vectors = npt.NDArray[np.floating[Any]]


class Trial(Protocol):
    """Rows that a model answers, and how good its answers are.

    ``figure`` names what ``score`` gives: from 0 to 1, more is better; int8 may lose ``max_loss``
    of it. ``ask`` has one row answered, to be timed.
    """

    @property
    def figure(self) -> str: ...

    @property
    def max_loss(self) -> float: ...

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
    max_loss: float = MAX_LOSS

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
class MultiLabelTrial:
    """Texts and the numbers of the labels that each has."""

    rows: Sequence[MultiLabelText]
    figure: str = "label_ranking_precision"
    max_loss: float = MAX_LOSS

    def __len__(self) -> int:
        return len(self.rows)

    def open(self, folder: Path) -> Classifier:
        return Classifier.load(folder)

    def score(self, model: Classifier) -> float:
        """Return how far up the labels that a text has stand among all."""
        answers = model.stream(row.text for row in self.rows)
        scores_NC = np.array([list(answer.probabilities.values()) for answer in answers])
        truth_NC = np.zeros(scores_NC.shape, np.int64)
        for truth_C, row in zip(truth_NC, self.rows, strict=True):
            truth_C[list(row.labels)] = 1
        return label_ranking_precision(scores_NC, truth_NC)

    def ask(self, model: Classifier, row: int) -> object:
        return model.classify([self.rows[row].text])


@dataclasses.dataclass(frozen=True)
class EmbeddingTrial:
    """Pairs of texts with a score."""

    pairs: Sequence[TextPair]
    figure: str = "spearman"
    max_loss: float = MAX_LOSS

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


@dataclasses.dataclass(frozen=True)
class PairTrial:
    """Pairs of texts that a model reads together, with the number of a label or with a score."""

    pairs: Sequence[TextPair]
    figure: str
    max_loss: float = MAX_LOSS

    def __len__(self) -> int:
        return len(self.pairs)

    def open(self, folder: Path) -> Comparer:
        return Comparer.load(folder)

    def score(self, model: Comparer) -> float:
        """Return the share of right labels, or how well scores follow the given ones."""
        texts = [(pair.first, pair.second) for pair in self.pairs]
        given = [pair.label for pair in self.pairs]
        if self.figure == "spearman":
            return spearman(model.scores(texts), given)
        return float((model.probabilities(texts).argmax(axis=1) == np.array(given)).mean())

    def ask(self, model: Comparer, row: int) -> object:
        texts = [(self.pairs[row].first, self.pairs[row].second)]
        return model.probabilities(texts) if model.labels else model.scores(texts)


@dataclasses.dataclass(frozen=True)
class TaggingTrial:
    """Texts and the entities in them."""

    rows: Sequence[TaggedText]
    figure: str = "macro_f1"
    max_loss: float = MAX_LOSS

    def __len__(self) -> int:
        return len(self.rows)

    def open(self, folder: Path) -> Tagger:
        return Tagger.load(folder)

    def score(self, model: Tagger) -> float:
        """Return the mean F1 of whole entities over the types."""
        answers = model.stream([row.text for row in self.rows])
        found, true = (
            [[(each.start, each.end, each.type) for each in entities] for entities in side]
            for side in (answers, [row.entities for row in self.rows])
        )
        return span_macro_f1(span_counts(found, true, model.types))

    def ask(self, model: Tagger, row: int) -> object:
        return model.tag([self.rows[row].text])


@dataclasses.dataclass(frozen=True)
class AnsweringTrial:
    """Questions whose answer stands in their context."""

    rows: Sequence[Question]
    figure: str = "f1"
    max_loss: float = MAX_LOSS

    def __len__(self) -> int:
        return len(self.rows)

    def open(self, folder: Path) -> Answerer:
        return Answerer.load(folder)

    def score(self, model: Answerer) -> float:
        """Return the mean F1 of the characters of answers, as KorQuAD counts it."""
        found = model.spans([(row.question, row.context) for row in self.rows])
        answers = [
            row.context[spans[0].start : spans[0].end] if spans else ""
            for row, spans in zip(self.rows, found, strict=True)
        ]
        pairs = zip(answers, self.rows, strict=True)
        return float(np.mean([character_f1(answer, row.answer) for answer, row in pairs]))

    def ask(self, model: Answerer, row: int) -> object:
        return model.answer(self.rows[row].question, self.rows[row].context)


class EncoderTrial:
    """Texts without labels: int8 has to make of them what fp32 makes.

    The score is the least of three agreements with the model that is scored first: the mean cosine
    of its texts' mean vectors, that of their pooled vectors, and how far all pairs of texts stay in
    the same order of similarity (Spearman, over mean vectors without their common part).
    """

    figure = "agreement with fp32"
    max_loss = 0.01

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = texts
        self._expected: tuple[Vectors, Vectors] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def open(self, folder: Path) -> Encoder:
        return Encoder.load(folder)

    def score(self, model: Encoder) -> float:
        """Return how far a model agrees with the first; 1 for the first itself."""
        encoded = list(model.stream(self.texts))
        mean_ND = np.stack([text.sequence_output.mean(axis=0) for text in encoded])
        pooled_ND = np.stack([text.pooled_output for text in encoded])
        if self._expected is None:
            self._expected = mean_ND, pooled_ND
        return agreement(self._expected, (mean_ND, pooled_ND))

    def ask(self, model: Encoder, row: int) -> object:
        return model.encode([self.texts[row]])


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


def _multi_label(data: str, split: str, manifest: Manifest) -> Trial:
    rows = [row for row in registry.load(data, split) if isinstance(row, MultiLabelText)]
    if not rows or registry.find_card(data).labels != manifest.labels:
        raise SettingError(
            f"{data} is labelled otherwise than the model. Give the data set that it was trained "
            f"for: --data."
        )
    return MultiLabelTrial(rows)


def _pairs(data: str, split: str, manifest: Manifest) -> Trial:
    if registry.find_card(data).labels != manifest.labels:
        raise SettingError(
            f"{data} is labelled otherwise than the model. Give the data set that it was trained "
            f"for: --data."
        )
    pairs = [row for row in registry.load(data, split) if isinstance(row, TextPair)]
    if not pairs:
        raise DataError(f"The rows of {data} are no pairs of texts. Give data that has: --data.")
    return PairTrial(pairs, "accuracy" if manifest.labels else "spearman")


def _tagging(data: str, split: str, manifest: Manifest) -> Trial:
    if tag_names(registry.find_card(data).labels) != manifest.labels:
        raise SettingError(
            f"{data} has other types of entities than the model. Give the data set that it was "
            f"trained for: --data."
        )
    rows = [row for row in registry.load(data, split) if isinstance(row, TaggedText)]
    if not rows:
        raise DataError(f"The rows of {data} have no entities. Give data that have: --data.")
    return TaggingTrial(rows)


def _embedding(data: str, split: str, manifest: Manifest) -> Trial:
    rows = registry.load(data, split)
    pairs = [row for row in rows if isinstance(row, TextPair)]
    if len(pairs) != len(rows) or registry.find_card(data).labels:
        raise DataError(
            f"The rows of {data} are no pairs of texts with a score. Give data whose are, such as "
            f"korsts: --data."
        )
    return EmbeddingTrial(pairs)


def _answering(data: str, split: str, manifest: Manifest) -> Trial:
    rows = [row for row in registry.load(data, split) if isinstance(row, Question)]
    if not rows:
        raise DataError(f"The rows of {data} are no questions. Give data such as korquad: --data.")
    return AnsweringTrial(rows)


def _encoder(data: str, split: str, manifest: Manifest) -> Trial:
    texts = [row.text for row in registry.load(data, split) if hasattr(row, "text")]
    if not texts:
        raise DataError(f"The rows of {data} have no text. Give data that have: --data nsmc.")
    return EncoderTrial(texts[:: max(1, len(texts) // NUM_TEXTS)][:NUM_TEXTS])


TRIALS: dict[str, Callable[[str, str, Manifest], Trial]] = {
    "answering": _answering,
    "classification": _classification,
    "embedding": _embedding,
    "encoder": _encoder,
    "multi_label": _multi_label,
    "pair_classification": _pairs,
    "similarity": _pairs,
    "tagging": _tagging,
}

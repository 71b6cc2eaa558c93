"""The report of what answers questions: exact match, F1 and the right sentence, with intervals.

Beside it stands the best sentence: of the context that one which is most like the question, whole.
It seldom is the answer, but how often it holds the answer shows what reading adds to matching.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from madang.datasets import registry
from madang.datasets.card import Question
from madang.decoding.span import Span
from madang.errors import SettingError
from madang.evaluation.task import Linear
from madang.formats.manifest import Manifest
from madang.metrics.answer import character_f1, exact_match
from madang.metrics.figure import Figure, figure
from madang.text.sentence import sentence_spans


class Reader(Protocol):
    """What answers questions, as evaluation sees it."""

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> Sequence[Sequence[Span]]:
        """Return the best spans for each question and its context, in order."""
        ...


def load(data: str, split: str, manifest: Manifest) -> list[Question]:
    """Read the questions of a data set.

    Raises ``SettingError`` for a data set whose rows are none.
    """
    rows = registry.load(data, split)
    questions = [row for row in rows if isinstance(row, Question)]
    if len(questions) != len(rows):
        raise SettingError(f"The rows of {data} are no questions. Choose data such as korquad.")
    return questions


def measure(model: Reader, rows: Sequence[Question], manifest: Manifest) -> dict[str, Figure]:
    """Return exact match and F1 as KorQuAD defines them, and how often the sentence is right.

    ``right_sentence`` is the share of answers that begin in the sentence where the true one does.
    Figures are bootstrapped over questions.
    """
    found = model.spans([(row.question, row.context) for row in rows])
    answers = [
        row.context[spans[0].start : spans[0].end] if spans else ""
        for row, spans in zip(rows, found, strict=True)
    ]
    pairs = [(answer, row.answer) for answer, row in zip(answers, rows, strict=True)]
    is_right_sentence = [
        bool(spans)
        and sentence_at(row.context, spans[0].start) == sentence_at(row.context, row.start)
        for row, spans in zip(rows, found, strict=True)
    ]
    return {
        "f1": _mean([character_f1(*pair) for pair in pairs]),
        "exact_match": _mean([float(exact_match(*pair)) for pair in pairs]),
        "right_sentence": _mean([float(is_right) for is_right in is_right_sentence]),
    }


def fit_baseline(data: str, manifest: Manifest, build: Callable[[], Linear]) -> "BestSentence":
    """Count how rare character n-grams are in the contexts of the split ``train``."""
    contexts = dict.fromkeys(row.context for row in load(data, "train", manifest))
    return BestSentence(
        [context[slice(*s)] for context in contexts for s in sentence_spans(context)]
    )


class BestSentence:
    """Answer with the sentence of the context whose TF-IDF vector is nearest to the question's."""

    def __init__(self, sentences: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._vectors = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True
        ).fit(sentences)

    def spans(
        self, questions: Sequence[tuple[str, str]], *, num_spans: int = 1
    ) -> list[list[Span]]:
        """Return the best sentence for each question, or none where the context has no sentence."""
        return [self._best(*question)[:num_spans] for question in questions]

    def _best(self, question: str, context: str) -> list[Span]:
        spans = sentence_spans(context)
        if not spans:
            return []
        vectors = self._vectors.transform([question, *(context[slice(*span)] for span in spans)])
        similarity = (vectors[1:] @ vectors[0].T).toarray()[:, 0]
        ranked = sorted(zip(similarity.tolist(), spans, strict=True), key=lambda pair: -pair[0])
        return [Span(start, end, probability=score) for score, (start, end) in ranked]


def sentence_at(context: str, position: int) -> int:
    """Return the number of the sentence in which a character stands.

    >>> sentence_at("산이 높다. 강이 길다.", 7)
    1
    """
    return sum(position >= start for start, _ in sentence_spans(context)) - 1


def _mean(values: Sequence[float]) -> Figure:
    return figure(lambda sample: float(np.mean(sample)), np.array(values))

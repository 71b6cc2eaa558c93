"""The report of what answers questions: exact match, F1, the right sentence, with intervals."""

from collections.abc import Callable, Sequence

import numpy as np

from madang.baselines.best_sentence import BestSentence
from madang.datasets.card import Question
from madang.datasets.own.question import QUESTION
from madang.decoding.span import Span
from madang.formats.manifest import Manifest
from madang.metrics.answer import character_f1, exact_match
from madang.metrics.figure import Figure, figure
from madang.tasks.answering.predictor import Answerer
from madang.tasks.evaluation import Data, Trial, load_data
from madang.text.sentence import sentence_spans


def load(data: Data, split: str, manifest: Manifest) -> list[Question]:
    """Read the questions of data sets and files; ``DataError`` for rows that are none."""
    return load_data(data, split, manifest, QUESTION)


def measure(
    model: Answerer | BestSentence, rows: Sequence[Question], manifest: Manifest
) -> dict[str, Figure]:
    """Return exact match and F1 as KorQuAD defines them, and how often the sentence is right.

    Of several right answers the nearest counts. ``right_sentence`` is the share of answers that
    begin in the sentence where the first of the right ones does.
    Figures are bootstrapped over questions.
    """
    found = model.spans([(row.question, row.context) for row in rows])
    answers = _answers(found, rows)
    is_right_sentence = [
        bool(spans)
        and sentence_at(row.context, spans[0].start) == sentence_at(row.context, row.start)
        for row, spans in zip(rows, found, strict=True)
    ]
    return {
        "f1": _mean(best_of(character_f1, answers, rows)),
        "exact_match": _mean(best_of(exact_match, answers, rows)),
        "right_sentence": _mean([float(is_right) for is_right in is_right_sentence]),
    }


def fit_baseline(data: Data, manifest: Manifest) -> BestSentence:
    """Count how rare character n-grams are in the contexts of the split ``train``."""
    return BestSentence(list(dict.fromkeys(row.context for row in load(data, "train", manifest))))


def trial(rows: Sequence[Question], manifest: Manifest) -> Trial:
    """Return the trial by the mean F1 of the characters of answers, as KorQuAD counts it."""

    def score(model: Answerer) -> float:
        answers = _answers(model.spans([(row.question, row.context) for row in rows]), rows)
        return float(np.mean(best_of(character_f1, answers, rows)))

    return Trial(
        figure="f1",
        num_rows=len(rows),
        score=score,
        ask=lambda model, row: model.answer(rows[row].question, rows[row].context),
    )


def sentence_at(context: str, position: int) -> int:
    """Return the number of the sentence in which a character stands.

    >>> sentence_at("산이 높다. 강이 길다.", 7)
    1
    """
    return sum(position >= start for start, _ in sentence_spans(context)) - 1


def best_of(
    agreement: Callable[[str, str], float], answers: Sequence[str], rows: Sequence[Question]
) -> list[float]:
    """Return how well each answer agrees with the nearest of the right ones, as SQuAD's script.

    >>> row = Question("1839년 봄", "언제?", 0, "1839년", other_answers=("1839년 봄",))
    >>> best_of(exact_match, ["1839년 봄"], [row])
    [1.0]
    """
    return [
        max(float(agreement(answer, right)) for right in (row.answer, *row.other_answers))
        for answer, row in zip(answers, rows, strict=True)
    ]


def _answers(found: Sequence[Sequence[Span]], rows: Sequence[Question]) -> list[str]:
    """Return the best answer to each question, "" where there is none."""
    return [
        row.context[spans[0].start : spans[0].end] if spans else ""
        for row, spans in zip(rows, found, strict=True)
    ]


def _mean(values: Sequence[float]) -> Figure:
    return figure(np.mean, np.array(values))

"""Are the reasons the reasons? Delete the first one and see whether the model minds.

A span that carried the decision, once deleted, takes more of the label's probability with it than
another span of the same length. Source: DeYoung 2020 (ERASER), section 4, comprehensiveness; the
random span beside it removes what any shortening does to a text.
"""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np

from madang.errors import DataError
from madang.metrics.figure import Figure, figure
from madang.tasks.classifier import Classifier
from madang.tasks.reason import delete
from madang.text.word import split_words

Span = tuple[int, int]


def faithfulness(
    classifier: Classifier, texts: Sequence[str], *, seed: int = 0
) -> dict[str, Figure]:
    """Return what deleting a span takes from the probability of the label given.

    That of the first reason of each text that has one, of a random span of the same length, and
    of the first minus the second, text by text.

    Raises ``DataError`` when no text has a reason.
    """
    chooser = random.Random(seed)
    chosen: list[tuple[str, str, float]] = []
    without_reason: list[str] = []
    without_chance: list[str] = []
    for text, answer in zip(texts, classifier.classify(texts), strict=True):
        if answer.label is not None and answer.reasons:
            span = (answer.reasons[0].start, answer.reasons[0].end)
            chosen.append((text, answer.label, answer.probabilities[answer.label]))
            without_reason.append(delete(text, span))
            without_chance.append(delete(text, chooser.choice(spans_like(text, span))))
    if not chosen:
        raise DataError(f"None of the {len(texts)} texts has a reason. Give longer texts.")
    reason = _drops(classifier, chosen, without_reason)
    chance = _drops(classifier, chosen, without_chance)
    return {
        "drop_without_reason": figure(np.mean, reason),
        "drop_without_chance": figure(np.mean, chance),
        "drop_difference": figure(np.mean, reason - chance),
    }


def measure_reasons(model: Classifier, rows: Sequence[Any], num_rows: int) -> dict[str, Figure]:
    """Return the figures of a model's reasons on ``num_rows`` of ``rows``, evenly spread."""
    chosen = rows[:: max(1, len(rows) // num_rows)][:num_rows]
    return faithfulness(model, [row.text for row in chosen])


def spans_like(text: str, span: Span) -> list[Span]:
    """Return the spans of whole words that are nearest to ``span`` in length, one a first word.

    >>> spans_like("aa bb cccc d", (0, 5))
    [(0, 5), (3, 10), (6, 10)]
    """
    words = split_words(text)
    length = span[1] - span[0]
    spans = []
    for first, (start, _) in enumerate(words):
        ends = [end for _, end in words[first:]]
        end = min(ends, key=lambda end: abs(end - start - length))
        if 2 * (end - start) >= length:
            spans.append((start, end))
    return spans or [span]


def _drops(
    classifier: Classifier, chosen: Sequence[tuple[str, str, float]], shortened: Sequence[str]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what each deletion takes from the probability of the label first given, (N,)."""
    # What is left may be too short for an answer: its probability is measured all the same.
    after = classifier.probabilities(shortened)
    return np.array(
        [
            before - after[row, classifier.labels.index(label)]
            for row, (_, label, before) in enumerate(chosen)
        ]
    )

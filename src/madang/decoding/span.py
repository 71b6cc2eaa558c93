"""The best spans of a context, from a model's scores of where an answer starts and ends.

A span from token ``i`` to token ``j`` scores ``start[i] + end[j]``, and is compared with the null
span, "the answer is not in this window", which stands at [CLS] (Devlin 2018, section 4.3). Scores
less their window's null are comparable between the windows of one context, so that the best span
of all windows is the answer, and the sum over all spans and one null makes it a probability.

A Korean word carries its particle with it: an answer may end inside its last token. ``trim`` says
how many characters of that token are not part of the answer.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MAX_TOKENS = 40
NUM_SPANS = 20


class Scores(NamedTuple):
    """A model's logits for one window: those of its context tokens and of its null span.

    ``start_T``, ``end_T``; ``trim_TC`` for leaving out 0, 1, … characters at the end of a token.
    """

    start_T: Floats
    end_T: Floats
    trim_TC: Floats
    null: float

    @classmethod
    def of(cls, outputs: Sequence[Floats], *, first: int, stop: int) -> "Scores":
        """Return the scores of a window's tokens ``first`` to ``stop`` out of what a model gives.

        ``outputs`` are those of all its tokens; the first token stands for the null span.
        """
        start_T, end_T, trim_TC = outputs
        context = slice(first, stop)
        null = float(start_T[0] + end_T[0])
        return cls(start_T[context], end_T[context], trim_TC[context], null)


class Span(NamedTuple):
    """An answer in characters of the context, the end excluded, and its probability."""

    start: int
    end: int
    probability: float


def find_spans(
    windows: Iterable[tuple[Scores, Sequence[tuple[int, int]]]],
    *,
    max_tokens: int = MAX_TOKENS,
    num_spans: int = 5,
) -> list[Span]:
    """Return the most probable spans of a context read through windows, best first.

    Each window comes with the characters of its tokens. A span that two windows show counts once,
    with the probability of both. There is none where no window has a token with a character.

    >>> scores = Scores(np.array([9.0, 0.0]), np.array([0.0, 9.0]), np.array([[9.0, 0], [0, 9]]), 0)
    >>> [(span.start, span.end) for span in find_spans([(scores, [(0, 2), (3, 6)])], num_spans=1)]
    [(0, 5)]
    """
    weights: dict[tuple[int, int], float] = {}
    total = 0.0  # the logarithm of one null span's weight
    for scores, offsets in windows:
        found, window_total = _window_spans(scores, offsets, max_tokens=max_tokens)
        total = float(np.logaddexp(total, window_total))
        for span, score in found.items():
            weights[span] = float(np.logaddexp(weights.get(span, -np.inf), score))
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:num_spans]
    return [Span(*span, float(np.exp(score - total))) for span, score in best]


def trim_scores(trim_TC: Floats, lengths_T: NDArray[np.int64]) -> Floats:
    """Return log-probabilities (T, C) of what is left out at a token's end; never all of it."""
    allowed_TC = np.arange(trim_TC.shape[1]) < lengths_T[:, None]
    allowed_TC[:, 0] = True
    logits_TC = np.where(allowed_TC, trim_TC.astype(np.float64), -np.inf)
    logits_TC = logits_TC - logits_TC.max(axis=1, keepdims=True)
    return np.asarray(logits_TC - np.log(np.exp(logits_TC).sum(axis=1, keepdims=True)))


def _window_spans(
    scores: Scores, offsets: Sequence[tuple[int, int]], *, max_tokens: int
) -> tuple[dict[tuple[int, int], float], float]:
    """Return the best spans of a window by their score above null, and the log of all weights."""
    if not offsets:
        return {}, -np.inf
    characters = np.array(offsets, np.int64)
    lengths_T = characters[:, 1] - characters[:, 0]
    trim_TC = trim_scores(scores.trim_TC, lengths_T)
    score_TT = scores.start_T.astype(np.float64)[:, None] + scores.end_T - scores.null
    distance_TT = np.arange(len(offsets)) - np.arange(len(offsets))[:, None]
    is_visible_T = lengths_T > 0
    is_span_TT = (
        (distance_TT >= 0) & (distance_TT < max_tokens) & is_visible_T & is_visible_T[:, None]
    )
    score_TT = np.where(is_span_TT, score_TT, -np.inf)
    if not is_span_TT.any():
        return {}, -np.inf
    best = float(score_TT.max())
    total = best + float(np.log(np.exp(score_TT - best).sum()))
    num_spans = min(NUM_SPANS, int(is_span_TT.sum()))
    chosen = np.argpartition(-score_TT, num_spans - 1, axis=None)[:num_spans]
    found: dict[tuple[int, int], float] = {}
    for first, last in zip(*np.unravel_index(chosen, score_TT.shape), strict=True):
        for trim in range(trim_TC.shape[1]):
            score = float(score_TT[first, last] + trim_TC[last, trim])
            span = (int(characters[first, 0]), int(characters[last, 1]) - trim)
            if score > -np.inf and span[0] < span[1]:
                found[span] = float(np.logaddexp(found.get(span, -np.inf), score))
    return found, total

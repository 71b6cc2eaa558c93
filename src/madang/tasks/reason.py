"""The words that carried a decision, from the token evidence of the same pass.

The classifier's margin is the mean of one number per token, so what a word did is a sum over its
tokens, not an estimate. Taking ``k`` tokens of summed margin ``s`` out of ``T`` with mean ``m``
leaves the mean ``(T m - s) / (T - k)``, which is lower than ``m`` by ``(s - k m) / (T - k)``: a
word speaks for the label by what its tokens say above the average of the text. That excess ranks
the words. It is exact for the pooling and takes the token evidence as given; the words' effect on
each other's evidence inside the encoder is measured by ``faithfulness.py``.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from madang.text.word import split_words


@dataclasses.dataclass(frozen=True)
class Reason:
    """A span of whole words that spoke for the label.

    ``start`` and ``end`` count characters of the original text, ``text`` is what stands there.
    ``weight`` is how much the span adds to the log-odds of the label, above the average words.
    """

    start: int
    end: int
    text: str
    weight: float


def find_reasons(
    text: str,
    offsets: Sequence[tuple[int, int]],
    margin_T: npt.NDArray[np.floating],
    *,
    max_reasons: int = 5,
    max_words: int = 4,
) -> tuple[Reason, ...]:
    """Return the spans that spoke most for the label, strongest first, at most half of the words.

    ``offsets`` are the characters of each token, ``(0, 0)`` for one that stands for none;
    ``margin_T`` is what each token says for the label given, in log-odds, and its mean is the
    margin of the decision.
    """
    words = split_words(text)
    if not words:
        return ()
    excess_W = _word_excess(words, offsets, margin_T)
    spans = _strongest_spans(excess_W, max_spans=max_reasons, max_words=max_words)
    reasons = [
        Reason(
            start=words[first][0],
            end=words[last][1],
            text=text[words[first][0] : words[last][1]],
            weight=sum(excess_W[first : last + 1]),
        )
        for first, last in spans
    ]
    return tuple(sorted(reasons, key=lambda reason: -reason.weight))


def _word_excess(
    words: Sequence[tuple[int, int]],
    offsets: Sequence[tuple[int, int]],
    margin_T: npt.NDArray[np.floating],
) -> list[float]:
    """Return how much each word moves the mean margin, above tokens that say the average."""
    start_T, end_T = np.array(offsets).T
    seen_T = end_T > start_T
    # A piece may begin with the space before its word: its last character tells the word.
    ends_W = np.array([end for _, end in words])
    word_T = np.searchsorted(ends_W, end_T - 1, side="right").clip(max=len(words) - 1)
    excess_T = (margin_T - margin_T.mean()) / len(margin_T)
    excess_W: list[float] = np.bincount(
        word_T[seen_T], weights=excess_T[seen_T], minlength=len(words)
    ).tolist()
    return excess_W


def _strongest_spans(
    excess_W: Sequence[float], *, max_spans: int, max_words: int
) -> list[tuple[int, int]]:
    """Grow a span from the strongest free word over neighbours half as strong, and repeat."""
    spans: list[tuple[int, int]] = []
    free = {word for word, excess in enumerate(excess_W) if excess > 0}
    words_left = len(excess_W) // 2
    while free and words_left and len(spans) < max_spans:
        first = last = max(free, key=lambda word: excess_W[word])
        floor = excess_W[first] / 2
        for _ in range(min(max_words, words_left) - 1):
            sides = [side for side in (first - 1, last + 1) if side in free]
            best = max(sides, key=lambda side: excess_W[side], default=None)
            if best is None or excess_W[best] < floor:
                break
            first, last = min(first, best), max(last, best)
        free -= set(range(first, last + 1))
        words_left -= last - first + 1
        spans.append((first, last))
    return spans

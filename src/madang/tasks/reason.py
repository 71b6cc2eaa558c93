"""The words that carried a decision: what deleting them takes from the label, as it is served.

What a token says by itself (its evidence) is exact for the pooling and blind to what the word does
through its neighbours; readers do not believe what it marks. So parts of the text are deleted, and
the model is asked again (occlusion). That costs a pass for each part: words that say something come
first, few enough, and only around the strongest of them are phrases tried.
Sources: Zeiler 2014, section 4.2 (occlusion); DeYoung 2020 (ERASER), section 4 (what is measured).
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from madang.text.korean.content import content_span, trim
from madang.text.word import split_words

Floats = npt.NDArray[np.float64]
Span = tuple[int, int]
#: Asks a model for the log-odds of each label of some texts, (N, C).
Judge = Callable[[Sequence[str]], Floats]

# How often a text is read again at most. A long text costs more each time and is read less often;
# half of the times its words are deleted one by one.
MOST_TOKENS = 4_000
MOST_PASSES = 48
FEWEST_PASSES = 4
MAX_REASONS = 5
LONGEST = 4
# A phrase grows by a word that adds this share to what it takes; and a reason that takes less than
# this share of what the first takes is none.
LEAST_GROWTH = 0.1
LEAST_SHARE = 0.2
SENTENCE_ENDS = frozenset(".?!…。\n")


@dataclasses.dataclass(frozen=True)
class Reason:
    """A word or a phrase that spoke for a label.

    ``start`` and ``end`` count characters of the original text, ``text`` is what stands there.
    ``weight`` is what deleting the span takes from the log-odds of ``label``.
    """

    start: int
    end: int
    text: str
    weight: float
    label: str = ""


class Occlusion:
    """What the deletion of words takes from the log-odds of each label; each is asked once."""

    def __init__(self, text: str, *, num_tokens: int, judge: Judge, log_odds_C: Floats) -> None:
        """Name the text, its length to the model, who is asked, and the log-odds that it has."""
        self.text = text
        self.num_passes = max(FEWEST_PASSES, min(MOST_PASSES, MOST_TOKENS // max(num_tokens, 1)))
        self.words = split_words(text)
        spans = [content_span(text[start:end]) for start, end in self.words]
        self.says_something = [span is not None for span in spans]
        self._cores = [
            (start + low, start + high)
            for (start, end), span in zip(self.words, spans, strict=True)
            for low, high in [span or trim(text[start:end])]
        ]
        self._judge = judge
        self._before_C = log_odds_C
        self._drops: dict[Span, Floats] = {}

    def span(self, phrase: Span) -> Span:
        """Return the characters of a phrase from its first to its last word, without endings."""
        return self._cores[phrase[0]][0], self._cores[phrase[1]][1]

    def measure(self, phrases: Iterable[Span]) -> None:
        """Delete each phrase that was not deleted before, all in one batch, as far as it may."""
        new = [each for each in dict.fromkeys(phrases) if each not in self._drops]
        new = new[: self.num_passes - len(self._drops)]
        if not new:
            return
        after_NC = self._judge([delete(self.text, self.span(phrase)) for phrase in new])
        self._drops.update(zip(new, self._before_C - after_NC, strict=True))

    def drop(self, phrase: Span, label: int) -> float:
        """Return what a phrase takes from the log-odds of a label, -∞ where it was not measured."""
        return float(self._drops[phrase][label]) if phrase in self._drops else -np.inf

    def longer(self, phrase: Span) -> list[Span]:
        """Return the phrases of one word more, within the sentence."""
        first, last = phrase
        found = [(first - 1, last), (first, last + 1)]
        return [each for each in found if self._is_phrase(each)]

    def _is_phrase(self, phrase: Span) -> bool:
        first, last = phrase
        if first < 0 or last >= len(self.words) or last - first >= LONGEST:
            return False
        gaps = pairwise(self._cores[first : last + 1])
        return not any(SENTENCE_ENDS & set(self.text[end:start]) for (_, end), (start, _) in gaps)


def find_reasons(
    occlusion: Occlusion,
    labels: Mapping[str, int],
    *,
    prior_W: Floats | None = None,
) -> tuple[Reason, ...]:
    """Return the words and phrases whose deletion takes most from each label, strongest first.

    ``labels`` are the labels given and their places in what the judge returns; ``prior_W`` ranks
    the words where not all can be tried.
    """
    words = [number for number, says in enumerate(occlusion.says_something) if says]
    most = occlusion.num_passes // 2
    if len(words) > most:
        words = _foremost(words, most, prior_W)
    # A reason is never the whole text.
    if not words or len(occlusion.words) < 2:
        return ()
    singles = [(word, word) for word in words]
    occlusion.measure(singles)
    found: list[Reason] = []
    for label, number in labels.items():
        phrases = _grow(occlusion, _strongest(occlusion, singles, number), number)
        for phrase in _apart(occlusion, phrases, number):
            start, end = occlusion.span(phrase)
            weight = occlusion.drop(phrase, number)
            found.append(Reason(start, end, occlusion.text[start:end], weight, label))
    return tuple(found)


def delete(text: str, span: Span) -> str:
    """Return the text without a span.

    >>> delete("오늘 광고 문의", (3, 6))
    '오늘 문의'
    """
    return text[: span[0]] + text[span[1] :]


def _foremost(words: list[int], most: int, prior_W: Floats | None) -> list[int]:
    """Return the words that the prior ranks first; without one, words evenly spread."""
    if prior_W is None:
        return [words[each] for each in np.linspace(0, len(words) - 1, most).astype(int)]
    return sorted(words, key=lambda word: -prior_W[word])[:most]


def _strongest(occlusion: Occlusion, phrases: Sequence[Span], label: int) -> list[Span]:
    ranked = sorted(phrases, key=lambda phrase: -occlusion.drop(phrase, label))
    return [each for each in ranked[:MAX_REASONS] if occlusion.drop(each, label) > 0]


def _grow(occlusion: Occlusion, phrases: list[Span], label: int) -> list[Span]:
    """Lengthen each phrase word by word, as long as each word adds enough."""
    grown = list(phrases)
    growing = set(range(len(grown)))
    while growing:
        longer = {number: occlusion.longer(grown[number]) for number in sorted(growing)}
        occlusion.measure(phrase for found in longer.values() for phrase in found)
        for number, found in longer.items():
            best = max(found, key=lambda each: occlusion.drop(each, label), default=None)
            floor = (1 + LEAST_GROWTH) * occlusion.drop(grown[number], label)
            if best is None or occlusion.drop(best, label) < floor:
                growing.remove(number)
            else:
                grown[number] = best
    return list(dict.fromkeys(grown))


def _apart(occlusion: Occlusion, phrases: Sequence[Span], label: int) -> list[Span]:
    """Return the strongest phrases that share no word, at most half of the text's words."""
    words_left = len(occlusion.words) // 2
    chosen: list[Span] = []
    for phrase in _strongest(occlusion, phrases, label):
        length = phrase[1] - phrase[0] + 1
        is_free = all(phrase[1] < first or last < phrase[0] for first, last in chosen)
        floor = LEAST_SHARE * occlusion.drop(chosen[0], label) if chosen else 0.0
        if is_free and length <= words_left and occlusion.drop(phrase, label) >= floor:
            chosen.append(phrase)
            words_left -= length
    return chosen


def word_excess(
    words: Sequence[Span], offsets: Sequence[Span], margin_T: npt.NDArray[np.floating]
) -> Floats:
    """Return how much each word moves the mean of its tokens' margins, above the average, (W).

    ``offsets`` are the characters of each token, ``(0, 0)`` for one that stands for none. Taking
    ``k`` tokens of summed margin ``s`` out of ``T`` with the mean ``m`` lowers the mean by
    ``(s - k m) / (T - k)``.
    """
    start_T, end_T = np.array(offsets).T
    seen_T = end_T > start_T
    # A piece may begin with the space before its word: its last character tells the word.
    ends_W = np.array([end for _, end in words])
    word_T = np.searchsorted(ends_W, end_T - 1, side="right").clip(max=len(words) - 1)
    excess_T = (margin_T - margin_T.mean()) / len(margin_T)
    excess_W = np.bincount(word_T[seen_T], weights=excess_T[seen_T], minlength=len(words))
    return np.asarray(excess_W, np.float64)

"""The sentences of a review that moved the model, for a reader to judge its word by."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString

from madang.community.boards.highlight import mark_spans

MAX_SHOWN = 3
#: Reviews often have no full stop at all; so long a piece is shown around its marks only.
WHOLE = 160
_END = re.compile(r"(?<=[.!?。…~])\s+|\n+")


def find_sentences(text: str, reasons: Sequence[Sequence[Any]]) -> list[SafeString]:
    """Return the sentences that weigh most, in the order of the text, their reasons marked.

    ``reasons`` are ``[start, end, weight]``; a sentence weighs what its reasons weigh together.
    """
    weighed = []
    for start, end in split_sentences(text):
        inside = [reason for reason in reasons if start <= reason[0] < end]
        if inside:
            weighed.append((sum(float(reason[2]) for reason in inside), start, end, inside))
    shown = sorted(weighed, reverse=True)[:MAX_SHOWN]
    return [
        _draw(text[start:end], ((one - start, two - start) for one, two, _ in inside))
        for _, start, end, inside in sorted(shown, key=lambda each: each[1])
    ]


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Return where each sentence begins and ends: at a line's end, or after a mark and a space.

    >>> split_sentences("좋아요! 또 올게요\\n끝")
    [(0, 5), (5, 11), (11, 12)]
    """
    edges = [0, *(found.end() for found in _END.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(edges) if text[start:end].strip()]


def _draw(sentence: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    return mark_spans(sentence.rstrip(), spans, whole=len(sentence) <= WHOLE)

"""The sentences of a review that moved the model, for a reader to judge its word by."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.safestring import SafeString

from madang.community.boards.highlight import mark_spans
from madang.text.sentence import REVIEW, split_sentences

MAX_SHOWN = 3
#: Reviews often have no full stop at all; so long a piece is shown around its marks only.
WHOLE = 160


def find_sentences(text: str, reasons: Sequence[Sequence[Any]]) -> list[SafeString]:
    """Return the sentences that weigh most, in the order of the text, their reasons marked.

    ``reasons`` are ``[start, end, weight]``; a sentence weighs what its reasons weigh together.
    """
    weighed = []
    for start, end in split_sentences(text, REVIEW):
        inside = [reason for reason in reasons if start <= reason[0] < end]
        if inside:
            weighed.append((sum(float(reason[2]) for reason in inside), start, end, inside))
    shown = sorted(weighed, reverse=True)[:MAX_SHOWN]
    return [
        _draw(text[start:end], ((one - start, two - start) for one, two, _ in inside))
        for _, start, end, inside in sorted(shown, key=lambda each: each[1])
    ]


def _draw(sentence: str, spans: Iterable[tuple[int, int]]) -> SafeString:
    return mark_spans(sentence.rstrip(), spans, whole=len(sentence) <= WHOLE)

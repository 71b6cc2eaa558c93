"""Show spans of a text: every character escaped, the spans marked, long gaps left out."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

Spans = Sequence[tuple[int, int]]

#: Characters shown on either side of a span.
CONTEXT = 40


def join_spans(spans: Iterable[tuple[int, int]], *, length: int) -> list[tuple[int, int]]:
    """Clip spans to a text's length, drop the empty, sort them, and join what overlaps.

    >>> join_spans([(5, 9), (0, 2), (8, 40), (3, 3)], length=12)
    [(0, 2), (5, 12)]
    """
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def mark_spans(text: str, spans: Iterable[tuple[int, int]], *, whole: bool = False) -> SafeString:
    """Return escaped HTML in which the spans stand in ``<mark>``.

    Unless ``whole``, what is far from every span is shown as "…"; without spans the beginning is.

    >>> mark_spans("<b> 협찬 & 공구", [(4, 6)])
    '&lt;b&gt; <mark>협찬</mark> &amp; 공구'
    """
    joined = join_spans(spans, length=len(text))
    windows = [(0, len(text))] if whole else _windows(joined, length=len(text))
    starts = [start for start, _ in joined]
    parts = []
    for start, end in windows:
        inside = joined[bisect_left(starts, start) : bisect_left(starts, end)]
        parts.append(_mark_window(text, (start, end), inside))
    before = "" if not windows or windows[0][0] == 0 else "… "
    after = "" if not windows or windows[-1][1] == len(text) else " …"
    return format_html("{}{}{}", before, mark_safe(" … ".join(parts)), after)


def _windows(joined: Spans, *, length: int) -> list[tuple[int, int]]:
    if not joined:
        return [(0, min(length, 3 * CONTEXT))]
    around = [(start - CONTEXT, end + CONTEXT) for start, end in joined]
    return join_spans(around, length=length)


def _mark_window(text: str, window: tuple[int, int], inside: Spans) -> str:
    start, end = window
    edges = [start, *(edge for span in inside for edge in span), end]
    return "".join(
        f"<mark>{escape(text[left:right])}</mark>" if index % 2 else escape(text[left:right])
        for index, (left, right) in enumerate(pairwise(edges))
    )

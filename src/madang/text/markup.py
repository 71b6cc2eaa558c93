"""Entities written into their text: ``<SKTBrain:ORG>에서 …``, and read out of it again.

A text may hold angle brackets of its own. The innermost pair that ends in a type is an entity;
an entity may hold a whole pair of brackets (``<<2>:NOH> …``), never half of one.
"""

import re
from collections.abc import Iterable
from functools import cache

# (start, end, type): characters of the text, the end excluded.
Span = tuple[int, int, str]

CAPITALS = "[A-Z]{2,}"


def read_marked(marked: str, *, type: str = CAPITALS) -> tuple[str, list[Span]]:
    """Return the text without its marks, and the spans that were marked.

    ``type`` is the regular expression of what may be a type.

    >>> read_marked("<SKTBrain:ORG>에서 <KoBERT:POH> 모델을")
    ('SKTBrain에서 KoBERT 모델을', [(0, 8, 'ORG'), (11, 17, 'POH')])
    >>> read_marked("영화 <<트럼보:POH>>가 <2>")
    ('영화 <트럼보>가 <2>', [(4, 7, 'POH')])
    """
    parts: list[str] = []
    spans: list[Span] = []
    length = read_to = 0
    for match in _marks(type).finditer(marked):
        before = marked[read_to : match.start()]
        start = length + len(before)
        length = start + len(match[1])
        parts += [before, match[1]]
        spans.append((start, length, match[2]))
        read_to = match.end()
    return "".join([*parts, marked[read_to:]]), spans


@cache
def _marks(type: str) -> re.Pattern[str]:
    return re.compile(rf"<((?:[^<>]|<(?![^<>]*:(?:{type})>)[^<>]*>)*?):({type})>")


def write_marked(text: str, spans: Iterable[Span]) -> str:
    """Return the text with its spans marked; they are in order and do not overlap.

    >>> write_marked("13일까지", [(0, 3, "DAT")])
    '<13일:DAT>까지'
    """
    parts: list[str] = []
    written_to = 0
    for start, end, type in spans:
        parts += [text[written_to:start], f"<{text[start:end]}:{type}>"]
        written_to = end
    return "".join([*parts, text[written_to:]])

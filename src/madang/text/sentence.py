"""Where the sentences of a Korean text stand.

A sentence ends at a line's end, or behind a full stop, question or exclamation mark that follows a
Hangul syllable, a closing bracket or a quotation mark and is followed by white space. So "3.5",
"www.a" and "J. 스미스" stay whole.
"""

import re

BREAK = re.compile(r"(?<=[가-힣)\]\"'”’」』][.?!…])\s+|(?<=[가-힣][.?!…]{2})\s+|\n+")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence, in characters, without the white space around it.

    >>> text = "3.5점이다. J. 스미스가 왔다!"
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['3.5점이다.', 'J. 스미스가 왔다!']
    """
    breaks = [match.span() for match in BREAK.finditer(text)]
    edges = [0, *(edge for span in breaks for edge in span), len(text)]
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [_tighten(text, start, end) for start, end in spans if text[start:end].strip()]


def _tighten(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())

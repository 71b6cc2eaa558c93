"""Where the sentences of a Korean text stand.

Where one ends is a rule: an expression that matches the white space between two sentences. There
are two, because edited text and reviews end their sentences differently.
"""

import re
from itertools import pairwise

# Edited text: at a line's end, or behind a full stop, question or exclamation mark that follows a
# Hangul syllable, a closing bracket or a quotation mark. So "3.5", "www.a" and "J. 스미스" stay
# whole.
PROSE = re.compile(r"(?<=[가-힣)\]\"'”’」』][.?!…])\s+|(?<=[가-힣][.?!…]{2})\s+|\n+")
# Reviews: behind any such mark, whatever it follows (ㅋㅋ, a smiley, a price), and behind a tilde.
REVIEW = re.compile(r"(?<=[.!?。…~])\s+|\n+")


def split_sentences(text: str, rule: re.Pattern[str]) -> list[tuple[int, int]]:
    """Return start and end of each sentence, the white space behind it included.

    >>> split_sentences("좋아요! 또 올게요\\n끝", REVIEW)
    [(0, 5), (5, 11), (11, 12)]
    """
    edges = [0, *(found.end() for found in rule.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(edges) if text[start:end].strip()]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return start and end of each sentence of edited text, without white space around it.

    >>> text = "3.5점이다. J. 스미스가 왔다!"
    >>> [text[start:end] for start, end in sentence_spans(text)]
    ['3.5점이다.', 'J. 스미스가 왔다!']
    """
    return [_tighten(text, start, end) for start, end in split_sentences(text, PROSE)]


def _tighten(text: str, start: int, end: int) -> tuple[int, int]:
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), end - len(part) + len(part.rstrip())

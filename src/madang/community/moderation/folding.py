"""Fold a text for matching, and lead every match back to the original characters.

Rules are written once, in composed lower-case letters. Writers type full-width brackets, NFD
syllables (every file name copied from a Mac) and zero-width spaces; all of these fold away here.
"""

import re
from dataclasses import dataclass

from madang.text.composition import compose
from madang.text.unicode import ZERO_WIDTH

# A base character with the marks that follow it, or the conjoining jamo of one syllable.
_CLUSTER = re.compile(
    "[\u1100-\u115f][\u1160-\u11a7]?[\u11a8-\u11ff]?|.[\u0300-\u036f\ufe0f]*", re.S
)


@dataclass(frozen=True, kw_only=True)
class FoldedText:
    """A folded text with, for each of its characters, where that began in the original."""

    text: str
    starts: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original's half-open span behind the folded span ``start:end``."""
        return self.starts[start], self.starts[end]


def fold(original: str) -> FoldedText:
    """Compose, narrow and lower-case a text; drop invisible characters.

    >>> folded = fold("［광\u200b고］ NEW")
    >>> folded.text
    '[광고] new'
    >>> folded.span(1, 3)
    (1, 4)
    """
    letters: list[str] = []
    starts: list[int] = []
    for cluster in _CLUSTER.finditer(original):
        if cluster.group() in ZERO_WIDTH:
            continue
        folded = compose(cluster.group(), "NFKC").lower()
        letters.append(folded)
        starts.extend([cluster.start()] * len(folded))
    return FoldedText(text="".join(letters), starts=(*starts, len(original)))

"""The beginning and the end of a long text: what is read where time is short.

A text says what it is about at its beginning, and at its end what it wants (a link, a hashtag, a
price). The middle is left out. What is read is a text of its own, and a place in it leads back to
the original.
"""

from dataclasses import dataclass

from madang.errors import SettingError
from madang.text.tokenizer import Tokenizer
from madang.text.window import CHARACTERS_PER_TOKEN

#: What stands where the middle was.
JOINT = "\n"
# A cut moves out of a word, unless that is longer than this.
LONGEST_WORD = 64
LEAST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is read of a text.

    ``cut`` are the (start, end) of the original's characters that are left out, None where all of
    it is read.
    """

    text: str
    cut: tuple[int, int] | None = None

    @property
    def is_cut(self) -> bool:
        """Say whether anything was left out."""
        return self.cut is not None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original's characters behind the characters ``start:end`` that were read.

        What reaches over the cut is kept on the side where more of it stands.

        >>> read = Excerpt("처음\\n마지막", cut=(2, 10))
        >>> read.span(0, 2), read.span(3, 6), read.span(1, 5)
        ((0, 2), (10, 13), (10, 12))
        """
        if self.cut is None:
            return start, end
        left, right = self.cut
        resumed = left + len(JOINT)
        if end - resumed > left - start:
            return max(start - resumed, 0) + right, end - resumed + right
        return min(start, left), min(end, left)


def read_ends(text: str, tokenizer: Tokenizer, *, max_tokens: int) -> Excerpt:
    """Return the beginning and the end of a text, together at most ``max_tokens`` tokens.

    Special tokens count. Of letters there are at most 32 a token. A shorter text is returned whole.
    Raises ``SettingError`` for fewer than 16 tokens.
    """
    if max_tokens < LEAST_TOKENS:
        raise SettingError(f"max_tokens is {max_tokens}; it must be {LEAST_TOKENS} or more.")
    room = max_tokens
    while True:
        excerpt = _cut(text, tokenizer, room)
        if not excerpt.is_cut:
            return excerpt
        # A word that was cut may have more tokens than it had as a part of the whole.
        too_many = len(tokenizer.encode([excerpt.text])[0].ids) - max_tokens
        if too_many <= 0:
            return excerpt
        room -= too_many


def _cut(text: str, tokenizer: Tokenizer, room: int) -> Excerpt:
    """Leave the middle out of a text that has more than ``room`` tokens."""
    # What is farther from both ends than this is not even looked at.
    reach = room // 2 * CHARACTERS_PER_TOKEN
    is_far = len(text) > 2 * reach
    encodings = tokenizer.encode([text[:reach], text[-reach:]] if is_far else [text])
    if not is_far and len(encodings[0].ids) <= room:
        return Excerpt(text)
    head, tail = encodings[0].content().offsets, encodings[-1].content().offsets
    half = (room - sum(encodings[0].special)) // 2
    left = head[half - 1][1] if len(head) > half else reach
    right = tail[-half][0] if len(tail) > half else 0
    right += len(text) - reach if is_far else 0
    left, right = _out_of_word(text, left, step=-1), _out_of_word(text, right, step=1)
    return Excerpt(text[:left] + JOINT + text[right:], cut=(left, right))


def _out_of_word(text: str, position: int, *, step: int) -> int:
    """Return the place before (-1) or behind (1) the word that stands across a position.

    A very long word is cut.
    """
    place = position
    while 0 < place < len(text) and not text[place - 1].isspace() and not text[place].isspace():
        place += step
        if abs(place - position) > LONGEST_WORD:
            return position
    return place

"""Characters that are not what they seem: invisible, no characters at all, or parts of another.

Each set is written here once. The tokenizer's normaliser has an expression of its own
(``madang.text.normalization.INVISIBLE``), because it travels in ``tokenizer.json``.
"""

import re
import unicodedata

# Letters of Hangul without a glyph, and a braille pattern without a dot. Unicode calls the first
# letters and the last a symbol, so that no category gives them away.
HANGUL_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
BLANK_LETTERS = HANGUL_FILLERS | {"\u2800"}

# Zero-width characters, the soft hyphen and NUL: what is put into a word so that no rule finds it.
ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u0000")

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def is_hidden(character: str) -> bool:
    """Say whether nothing of a character is seen: white space, zero-width, Hangul fillers."""
    return (
        character.isspace()
        or character in HANGUL_FILLERS
        or unicodedata.category(character) in ("Cc", "Cf")
    )


def continues_character(character: str) -> bool:
    """Say whether a character belongs to the one before it: a vowel or final letter, an accent."""
    return "\u1160" <= character <= "\u11ff" or unicodedata.category(character).startswith("M")


def end_of_character(text: str, end: int, limit: int) -> int:
    """Move an end behind the parts that belong to the character before it, at most to ``limit``."""
    while end < limit and continues_character(text[end]):
        end += 1
    return end


def replace_surrogates(text: str) -> str:
    r"""Put U+FFFD in the place of each lone surrogate; every other character keeps its place.

    A lone surrogate is half a character: it has no UTF-8, so it can be neither printed nor cut
    into tokens. It comes from arguments and from JSON whose bytes were not UTF-8.

    >>> replace_surrogates("가\ud800나")
    '가\ufffd나'
    """
    return _LONE_SURROGATE.sub("\ufffd", text)

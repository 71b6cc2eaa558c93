"""The letters of a word, written so that a filter does not see it and a reader still does.

Spaced or parted by signs (``대 출``, ``대.출``), taken apart into jamo (``ㄷㅐ``), circled (``ⓐ``),
wide (``ａ``), or swapped for letters and digits that look alike (``0`` for ``o``).
"""

import random
import unicodedata
from collections.abc import Callable, Mapping

SIGNS = "..·ㆍ,-_~*^/|ㅣ!♥★☆"
# Letters and digits that are taken for one another.
ALIKE: Mapping[str, str] = {
    "o": "0ο",
    "O": "0Ο",
    "0": "oO",
    "l": "1I",
    "I": "1l",
    "1": "lI",
    "a": "@а",
    "e": "3е",
    "s": "5$",
    "i": "1!",
    "c": "сⅽ",
    "p": "р",
    "x": "х",
    "B": "8",
    "8": "B",
    "5": "S",
}
WIDE_FROM = ord("！") - ord("!")
CIRCLED_ZERO = "⓪"
FIRST, LAST = ord("가"), ord("힣")
# The jamo of a syllable as they are typed, by the numbers of Unicode's arithmetic.
INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS: tuple[str, ...] = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

Trick = Callable[[str, random.Random], str]


def space(word: str, rng: random.Random) -> str:
    """Put a space between the letters.

    >>> space("대출", random.Random(0))
    '대 출'
    """
    return " ".join(word)


def part(word: str, rng: random.Random) -> str:
    """Put the same sign between all letters.

    >>> part("무직자", random.Random(0))
    '무ㅣ직ㅣ자'
    """
    return rng.choice(SIGNS).join(word)


def take_apart(word: str, rng: random.Random) -> str:
    """Write syllables as their jamo.

    >>> take_apart("대출 a", random.Random(0))
    'ㄷㅐㅊㅜㄹ a'
    """
    return "".join(map(jamo, word))


def circle(word: str, rng: random.Random) -> str:
    """Put circles around Latin letters and digits.

    >>> circle("Ab 10", random.Random(0))
    'Ⓐⓑ ①⓪'
    """
    return "".join(map(_circled, word))


def widen(word: str, rng: random.Random) -> str:
    """Write ASCII in full width.

    >>> widen("ab1!", random.Random(0))
    'ａｂ１！'
    """
    return "".join(chr(ord(sign) + WIDE_FROM) if "!" <= sign <= "~" else sign for sign in word)


def swap(word: str, rng: random.Random) -> str:
    """Put letters and digits that look alike in place of others.

    >>> swap("px", random.Random(0)) == "рх"
    True
    """
    return "".join(rng.choice(ALIKE.get(sign, sign)) for sign in word)


TRICKS: tuple[Trick, ...] = (space, part, take_apart, circle, widen, swap)
# How much of a text is disguised at once.
SHARES = (0.25, 0.5, 1.0)


def disguise(text: str, rng: random.Random) -> str:
    """Return a text with a part of its words disguised, all by one trick that changes something."""
    words = text.split(" ")
    share = rng.choice(SHARES)
    chosen = {place for place in range(len(words)) if rng.random() < share}
    chosen.add(rng.randrange(len(words)))
    for trick in rng.sample(TRICKS, len(TRICKS)):
        found = [
            trick(word, rng) if place in chosen and not word.startswith("http") else word
            for place, word in enumerate(words)
        ]
        if found != words:
            return " ".join(found)
    return text


def jamo(sign: str) -> str:
    """Return the jamo of a syllable, and any other sign as it is.

    >>> jamo("출"), jamo("a")
    ('ㅊㅜㄹ', 'a')
    """
    if not FIRST <= ord(sign) <= LAST:
        return sign
    number = ord(sign) - FIRST
    rest, final = divmod(number, len(FINALS))
    initial, vowel = divmod(rest, len(VOWELS))
    return INITIALS[initial] + VOWELS[vowel] + FINALS[final]


def _circled(sign: str) -> str:
    if sign == "0":
        return CIRCLED_ZERO
    if not sign.isascii() or not sign.isalnum():
        return sign
    return str(unicodedata.lookup(f"CIRCLED {unicodedata.name(sign)}"))

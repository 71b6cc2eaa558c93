"""Words as people see them in a post, and the pairs of letters that words are compared by."""

import re

from madang.text.composition import compose

WORD = re.compile(r"#?[^\s#]+|#+")
SIGNS = re.compile(r"[\W_]+")


def split_words(text: str) -> list[tuple[int, int]]:
    """Return start and end of each word: between spaces, and each hashtag of a chain.

    >>> split_words("오늘 #협찬#광고!")
    [(0, 2), (3, 6), (6, 10)]
    """
    return [match.span() for match in WORD.finditer(text)]


def letters(text: str) -> str:
    """Return the letters and digits of a text, composed and without case: equal in equal texts.

    >>> letters("가방 Bag!! #2")
    '가방bag2'
    """
    return SIGNS.sub("", compose(text)).casefold()


def bigrams(text: str) -> list[str]:
    """Return the pairs of characters that stand side by side, in order.

    >>> bigrams("백화점"), bigrams("점")
    (['백화', '화점'], [])
    """
    return [text[at : at + 2] for at in range(len(text) - 1)]

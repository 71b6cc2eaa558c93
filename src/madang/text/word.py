"""Words as people see them in a post: what stands between spaces, and each hashtag of a chain."""

import re

WORD = re.compile(r"#?[^\s#]+|#+")


def split_words(text: str) -> list[tuple[int, int]]:
    """Return start and end of each word, in characters.

    >>> split_words("오늘 #협찬#광고!")
    [(0, 2), (3, 6), (6, 10)]
    """
    return [match.span() for match in WORD.finditer(text)]

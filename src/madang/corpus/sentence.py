"""Cut Korean text into sentences.

A sentence ends at a line's end, or at a full stop, question or exclamation mark behind a Hangul
syllable, a bracket or a quotation mark, where white space follows. "3.5", "www.a" and "J. 스미스"
stay whole, since what stands before their stop is no Hangul.
"""

import re

BREAK = re.compile(r"(?<=[가-힣)\]\"'”’」』][.?!…])\s+|(?<=[가-힣][.?!…]{2})\s+|\n+")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, without the white space around them.

    >>> split_sentences("3.5점이다. J. 스미스가 왔다! 정말?!\\n그렇다")
    ['3.5점이다.', 'J. 스미스가 왔다!', '정말?!', '그렇다']
    """
    return [part.strip() for part in BREAK.split(text) if part.strip()]

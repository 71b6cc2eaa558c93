"""What a model can read of a text at all: without anything, there is nothing to judge.

A model reads the tokens that its vocabulary knows. White space, characters that are never seen,
what its normaliser removes and what stands for anything unknown tell it nothing: all such texts
look alike to it, and what it says of them it says of no text.
"""

import re

from madang.text.tokenizer import WORD_START, Encoding, Tokenizer
from madang.text.unicode import BLANK_LETTERS, continues_character, is_hidden

# U+FFFD, and half a surrogate pair, stand for a character that is lost.
LOST = re.compile("[\ufffd\ud800-\udfff]")


def is_blank(text: str) -> bool:
    r"""Say whether a text has no character that can be seen and told from others.

    Accents and variation selectors without a letter count as nothing.

    >>> is_blank(" \u200b\ufeff\u3164\u2800\ufe0f\u0301\ufffd"), is_blank("\u200b네")
    (True, False)
    """
    return all(
        is_hidden(each) or each in BLANK_LETTERS or LOST.match(each) or continues_character(each)
        for each in text
    )


def is_legible(
    text: str, encoding: Encoding, tokenizer: Tokenizer, *, fewest_letters: int = 0
) -> bool:
    """Say whether a text has a token that the vocabulary knows, and letters enough.

    ``encoding`` are its tokens. Letters and digits are counted as they are read: after
    normalisation, in known tokens alone.
    """
    known = [id for id in encoding.content().ids if id != tokenizer.unk_id]
    if is_blank(text) or not any(tokenizer.token(id).strip(WORD_START) for id in known):
        return False
    return not fewest_letters or num_letters(tokenizer.decode(known)) >= fewest_letters


def num_letters(text: str) -> int:
    """Return how many letters and digits a text has.

    >>> num_letters("ㅋㅋ 10점!")
    5
    """
    return sum(map(str.isalnum, text))

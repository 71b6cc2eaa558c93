"""What is left out of raw Korean text before anybody learns from it.

The marks are those of the sources we read: gaps where Wikipedia's templates stood, HTML tags,
addresses, tables of signs, and lines in which hardly anything is Korean. Source of the idea that
simple line rules do most of the work: Touvron 2023, section 2.1, and Raffel 2020, section 2.2.
"""

import re

from madang.text.composition import compose

MARKUP = re.compile(r"</?[A-Za-z!][^<>\n]{0,200}>|&(?:nbsp|lt|gt|amp|quot|#\d+);")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
# "체첸 공화국(, , )은" and "(, 1924년": templates that WikiExtractor took away.
EMPTY_BRACKETS = re.compile(r"\(\s*(?:[,;·:]\s*)*\)")
GAP_IN_BRACKETS = re.compile(r"\(\s*(?:[,;·:]\s*)+")
SPACES = re.compile(r"[^\S\n]+")
HANGUL = re.compile("[가-힣ㄱ-ㆎ]")
LETTER = re.compile(r"[^\W\d_]")

FEWEST_HANGUL = 2
LEAST_HANGUL_SHARE = 0.3


def clean(text: str) -> str:
    """Return a text without markup, addresses and lines that are hardly Korean; maybe nothing.

    >>> clean("체첸(, , )은 <b>나라</b>다.\\nhttps://a.b\\nAll rights\\n언어 (, 1924년)")
    '체첸은 나라다.\\n언어 (1924년)'
    """
    text = compose(text)
    text = ADDRESS.sub(" ", MARKUP.sub("", text))
    text = GAP_IN_BRACKETS.sub("(", EMPTY_BRACKETS.sub("", text))
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if is_korean(line))


def is_korean(line: str) -> bool:
    """Say whether enough of a line's letters are Hangul.

    >>> is_korean("파이썬 list 예제"), is_korean("import torch 를"), is_korean("12.5%")
    (True, False, False)
    """
    num_hangul = len(HANGUL.findall(line))
    if num_hangul < FEWEST_HANGUL:
        return False
    return num_hangul >= LEAST_HANGUL_SHARE * len(LETTER.findall(line))

"""How near an answer is to the right one: exact match and F1, as KorQuAD 1.0 defines them.

Both compare what is left of an answer without quotation marks, brackets, ASCII punctuation, case
and the number of spaces. F1 is over characters and not over words as in SQuAD, because a Korean
word carries its particle with it: ``1839년에`` shall be nearly right where ``1839년`` is.
Source: Lim 2019 (KorQuAD 1.0), section 4, and its evaluation script, version 1.0.
"""

import string
from collections import Counter

# Signs around an answer become a space; what is left of ASCII punctuation is taken out.
_SPACED = str.maketrans(dict.fromkeys("'\"《》<>〈〉()‘’", " "))
_DELETED = str.maketrans("", "", string.punctuation)


def normalize_answer(answer: str) -> str:
    """Return the part of an answer that is compared.

    >>> normalize_answer("《The  Wall》(1979년)!")
    'the wall 1979년'
    """
    return " ".join(answer.translate(_SPACED).lower().translate(_DELETED).split())


def exact_match(answer: str, truth: str) -> bool:
    """Say whether two answers are the same.

    >>> exact_match("‘1839년’", "1839년"), exact_match("1839년에", "1839년")
    (True, False)
    """
    return normalize_answer(answer) == normalize_answer(truth)


def character_f1(answer: str, truth: str) -> float:
    """Return the F1 over the characters of two answers, in whatever order; spaces do not count.

    Two answers of which nothing is left share nothing, and get 0, as in the official script.

    >>> round(character_f1("1839년에", "1839년"), 3), character_f1("서울", "부산")
    (0.909, 0.0)
    """
    found, wanted = (Counter("".join(normalize_answer(text).split())) for text in (answer, truth))
    shared = (found & wanted).total()
    return 2 * shared / (found.total() + wanted.total()) if shared else 0.0

"""Compose a text (NFC, NFKC) in a time that grows no faster than the text.

Normalisation sorts each run of combining marks. CPython did that by insertion, so that 80,000 marks
in a row took minutes (CVE-2026-3276; mended in 3.11.16, 3.12.14, 3.13.14 and 3.14.6). No language
writes more than a few marks on a letter. So a run is first cut to 30 marks, the most that Unicode's
stream-safe text format allows (UAX #15, section 13), which inserts a joiner where this drops.
"""

import re
import unicodedata
from functools import lru_cache
from itertools import takewhile
from typing import Literal

LONGEST_RUN = 30
#: So many letters of a decomposed text become one letter at most: α with three marks is ᾂ.
MOST_PARTS = 4

# Letters that are no marks; most texts have no others, and a search for a run is quick. A mark
# stands for two marks at most (U+0344), and the letter before may end in three: fewer than
# fourteen in a row are never too many.
_PLAIN = (
    "\0-\u02ff\u2000-\u20cf\u3041-\u3096\u30a1-\u30fa\u3131-\u318e一-鿿가-힣\U0001f300-\U0001faff"
)
_MAY_BE_LONG = re.compile(f"[^{_PLAIN}]{{14}}")


def compose(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    r"""Compose a text; of a run of more than thirty marks the first thirty stay.

    >>> compose("\u1100\u1161"), compose("ｃａｆｅ", "NFKC"), len(compose("e" + "\u0301" * 99))
    ('가', 'cafe', 30)
    """
    return unicodedata.normalize(form, break_runs(text))


def is_composed(text: str) -> bool:
    """Say whether ``compose`` would leave a text as it is."""
    return is_stream_safe(text) and unicodedata.is_normalized("NFC", text)


def is_stream_safe(text: str) -> bool:
    r"""Say whether no letter of a text has more than thirty marks.

    >>> is_stream_safe("x" + "\u0301" * 30), is_stream_safe("x" + "\u0301" * 31)
    (True, False)
    """
    return len(break_runs(text)) == len(text)


def break_runs(text: str) -> str:
    """Drop the marks behind the thirtieth of each run, as counted after decomposition (NFKD)."""
    if _MAY_BE_LONG.search(text) is None:
        return text
    kept: list[str] = []
    run = 0
    for letter in text:
        is_mark, num_marks = _marks_of(letter)
        if is_mark and run + num_marks > LONGEST_RUN:
            continue
        run = run + num_marks if is_mark else num_marks
        kept.append(letter)
    return "".join(kept)


@lru_cache(maxsize=1 << 14)
def _marks_of(letter: str) -> tuple[bool, int]:
    """Say whether a letter is nothing but marks, and how many it ends in."""
    parts = unicodedata.normalize("NFKD", letter)
    num_marks = len(list(takewhile(unicodedata.combining, reversed(parts))))
    return num_marks == len(parts), num_marks

"""What a person typed, made fit to be kept and shown.

Composed to NFC (a Mac sends Korean decomposed), without NUL and other control characters, with
one kind of line end and thirty marks on a letter at most. Right-to-left text and emoji stay as they
are: pages isolate their direction.
"""

import unicodedata

from madang.text.composition import compose
from madang.text.unicode import BLANK_LETTERS


def clean_text(text: str) -> str:
    r"""Compose *text*, drop control characters but tabs and line ends, and trim it.

    >>> clean_text("\u1100\u1161\x00\r\n나  ")
    '가\n나'
    """
    return compose(drop_controls(text)).strip()


def drop_controls(text: str) -> str:
    r"""Drop control characters but tabs and line ends, of which one kind stays.

    >>> drop_controls("\u0301\x00\u0315\r\n")
    '\u0301\u0315\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        letter
        for letter in text
        if letter in "\n\t" or unicodedata.category(letter) not in {"Cc", "Cs"}
    )


def has_visible_letter(text: str) -> bool:
    r"""Say whether anything of *text* can be seen: a link without it could not be clicked.

    >>> has_visible_letter("🙂"), has_visible_letter("\u3164\u200b \u0301")
    (True, False)
    """
    return any(
        unicodedata.category(letter)[0] not in "ZCM" and letter not in BLANK_LETTERS
        for letter in text
    )

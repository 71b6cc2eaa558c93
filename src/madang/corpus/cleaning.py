"""What is left out of raw text before anybody learns from it.

The marks are those of the sources we read: gaps where Wikipedia's templates stood, HTML tags,
addresses, tables of signs, and lines in which hardly anything is in a wanted language. Source of
the idea that simple line rules do most of the work: Touvron 2023, section 2.1, and Raffel 2020,
section 2.2.
"""

import dataclasses
import re
from collections.abc import Sequence

from madang.errors import SettingError
from madang.text.composition import compose

MARKUP = re.compile(r"</?[A-Za-z!][^<>\n]{0,200}>|&(?:nbsp|lt|gt|amp|quot|#\d+);")
ADDRESS = re.compile(r"(?:https?://|www\.)\S+")
# "체첸 공화국(, , )은" and "(, 1924년": templates that WikiExtractor took away.
EMPTY_BRACKETS = re.compile(r"\(\s*(?:[,;·:]\s*)*\)")
GAP_IN_BRACKETS = re.compile(r"\(\s*(?:[,;·:]\s*)+")
SPACES = re.compile(r"[^\S\n]+")
LETTER = re.compile(r"[^\W\d_]")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Script:
    """The letters of a language, and how many of a line's letters make it one of that language."""

    letters: re.Pattern[str]
    fewest: int
    least_share: float

    def writes(self, line: str) -> bool:
        """Say whether enough of a line's letters are of this script.

        >>> korean = LANGUAGES["ko"]
        >>> [korean.writes(line) for line in ("파이썬 list 예제", "import torch 를", "12.5%")]
        [True, False, False]
        """
        num_found = len(self.letters.findall(line))
        if num_found < self.fewest:
            return False
        return num_found >= self.least_share * len(LETTER.findall(line))


LANGUAGES = {
    # Korean text is full of foreign names and code: a third of Hangul is enough.
    "ko": Script(letters=re.compile("[가-힣ㄱ-ㆎ]"), fewest=2, least_share=0.3),
    "en": Script(letters=re.compile("[A-Za-z]"), fewest=2, least_share=0.7),
}
DEFAULT_LANGUAGES = ("ko",)


def find_scripts(languages: Sequence[str]) -> tuple[Script, ...]:
    """Return the scripts of some languages; raises ``SettingError`` for one that is not known."""
    unknown = [name for name in languages if name not in LANGUAGES]
    if unknown or not languages:
        raise SettingError(
            f"languages are {list(languages)}; give some of {', '.join(map(repr, LANGUAGES))}."
        )
    return tuple(LANGUAGES[name] for name in languages)


def clean(text: str, scripts: Sequence[Script] = find_scripts(DEFAULT_LANGUAGES)) -> str:
    """Return a text without markup, addresses and lines that are in none of the scripts.

    >>> clean("체첸(, , )은 <b>나라</b>다.\\nhttps://a.b\\nAll rights\\n언어 (, 1924년)")
    '체첸은 나라다.\\n언어 (1924년)'
    """
    text = compose(text)
    text = ADDRESS.sub(" ", MARKUP.sub("", text))
    text = GAP_IN_BRACKETS.sub("(", EMPTY_BRACKETS.sub("", text))
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if any(script.writes(line) for script in scripts))

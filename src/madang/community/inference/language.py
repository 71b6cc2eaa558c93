"""The language of a text, as far as its letters tell: enough to keep readers' languages apart."""

import unicodedata

#: This share of Hangul makes a text Korean: names and brands in Latin letters are common in one.
KOREAN_SHARE = 0.2
_SCRIPTS = {"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "LATIN": "latin"}
#: A long text shows its language early.
LETTERS = 1000


def language_of(text: str) -> str:
    """Return ko, ja, zh, latin (all that is written in Latin letters), or other.

    >>> language_of("서울 COFFEE 축제"), language_of("A cup of coffee"), language_of("!?")
    ('ko', 'latin', 'other')
    """
    counts: dict[str, int] = {}
    for letter in text[:LETTERS]:
        if letter.isalpha():
            script = _SCRIPTS.get(unicodedata.name(letter, "").partition(" ")[0], "other")
            counts[script] = counts.get(script, 0) + 1
    num_letters = sum(counts.values())
    if counts.get("ko", 0) > KOREAN_SHARE * num_letters:
        return "ko"
    if counts.get("ja"):
        return "ja"
    return max(counts, key=lambda script: counts[script], default="other")

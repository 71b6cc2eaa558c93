"""Characters that a reader takes for a plain letter or digit, and that plain character.

Unicode names the compatibility forms of a letter (circled, full-width, mathematical): its tables
are asked, not copied. What only looks alike (a Cyrillic а, a 0 written as O, ㅏ as r) is listed
here: the forms found in Korean spam and on game servers, not all of Unicode's confusables.
Source of the idea: Unicode Technical Standard 39, section 4.
"""

import unicodedata
from functools import lru_cache

from madang.text.composition import compose
from madang.text.normalization import FULL_WIDTH_SHIFT

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
FINALS: tuple[str, ...] = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
FIRST_SYLLABLE = ord("가")

# Conjoining letters, which Unicode's tables answer for circled and half-width ones, as they stand
# alone in a text.
_ALONE = {
    **{chr(0x1100 + number): letter for number, letter in enumerate(INITIALS)},
    **{chr(0x1161 + number): letter for number, letter in enumerate(VOWELS)},
    **{chr(0x11A7 + number): letter for number, letter in enumerate(FINALS) if letter},
}

#: Letters of other alphabets that look like a Latin one.
LATIN = dict(
    zip(
        "АВЕКМНОРСТХаеорсхуіѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
        "ABEKMHOPCTXaeopcxyisABEZHIKMNOPTYXo",
        strict=True,
    )
)
#: Letters that stand for a digit among digits.
DIGITS = {"O": "0", "o": "0", "ㅇ": "0", "〇": "0", "○": "0", "l": "1", "I": "1", "|": "1"}
#: Signs that stand for a vowel behind the initial letter of a syllable: ㄷH출, ㅋr톡.
VOWEL_SIGNS = {
    "r": "ㅏ",
    "F": "ㅏ",
    "H": "ㅐ",
    "l": "ㅣ",
    "I": "ㅣ",
    "1": "ㅣ",
    "|": "ㅣ",
    "T": "ㅜ",
}

# Squared and negative letters, to which Unicode gives no plain form: Ⓐ … 🅐, 🅰 …
_NEGATIVE_ALPHABETS = (0x1F150, 0x1F170)
_STYLES = ("<circle>", "<font>", "<wide>", "<narrow>", "<square>", "<compat>", "<super>", "<sub>")
_NEGATIVE_DIGITS = dict(zip("⓪⓿❶❷❸❹❺❻❼❽❾➊➋➌➍➎➏➐➑➒", "00123456789123456789", strict=True))


@lru_cache(maxsize=1 << 14)
def plain(character: str) -> str:
    """Return the letter or digit that a styled character shows, a full-width sign's plain form.

    Any other character is returned itself, also what shows several letters and ㈜.

    >>> "".join(map(plain, "ⓚⒶ𝐛①㉮㉠Ｂ🅰가㎏½"))
    'kAb1가ㄱBA가㎏½'
    """
    if character.isascii() or "가" <= character <= "힣":
        return character
    if character in _NEGATIVE_DIGITS:
        return _NEGATIVE_DIGITS[character]
    for first in _NEGATIVE_ALPHABETS:
        if first <= ord(character) < first + 26:
            return chr(ord("A") + ord(character) - first)
    if "\uff01" <= character <= "\uff5e":
        return chr(ord(character) - FULL_WIDTH_SHIFT)
    if character == "㈜" or unicodedata.decomposition(character).split(" ")[0] not in _STYLES:
        return character
    found = compose(character, "NFKC").strip("()[]")
    found = _ALONE.get(found, found)
    return found if len(found) == 1 and found.isalnum() else character


def split_syllable(syllable: str) -> str:
    """Return the letters of a syllable, each as it stands alone.

    >>> split_syllable("값"), split_syllable("a")
    ('ㄱㅏㅄ', 'a')
    """
    number = ord(syllable) - FIRST_SYLLABLE
    if not "가" <= syllable <= "힣":
        return syllable
    initial, rest = divmod(number, len(VOWELS) * len(FINALS))
    vowel, final = divmod(rest, len(FINALS))
    return INITIALS[initial] + VOWELS[vowel] + FINALS[final]


def join_syllable(initial: str, vowel: str, final: str = "") -> str:
    """Return the syllable of letters that stand alone.

    >>> join_syllable(*"ㄱㅏㅄ"), join_syllable(*"ㄷㅐ")
    ('값', '대')
    """
    number = INITIALS.index(initial) * len(VOWELS) + VOWELS.index(vowel)
    return chr(FIRST_SYLLABLE + number * len(FINALS) + FINALS.index(final))

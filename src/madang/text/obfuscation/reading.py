"""Read a text whose letters were hidden: as a person sees it, with the place of each letter.

Only what no ordinary text has is changed, so nearly every text is returned as it is:

- a circled, squared or otherwise styled letter or digit beside another letter of its kind;
- characters without width between two letters;
- a foreign letter among Latin ones, and a letter that stands for a digit among digits;
- letters that stand alone and make syllables (ㄷㅐㅊㅜㄹ, ㄷH출), but no ㅋㅋㅠㅠ;
- single syllables with the same kind of sign between (무.직.자), or with spaces between where there
  are four or more and most are no words of their own (무 직 자 대 출, but not 할 수 있 는).

This can be no list of replacements in ``tokenizer.json``: whether a sign goes depends on the whole
run in which it stands.
"""

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator

from madang.text.obfuscation.lookalike import (
    DIGITS,
    INITIALS,
    LATIN,
    VOWEL_SIGNS,
    VOWELS,
    join_syllable,
    plain,
)

_FINAL = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_WIDTHLESS = r"[\u00ad\u034f\u115f\u1160\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0]"
_LETTER = r"[^\W_]"

_HIDDEN = re.compile(rf"(?<={_LETTER}){_WIDTHLESS}+(?={_LETTER})")
# What may be a styled letter at all: beyond ASCII, and no Hangul, kana or Chinese letter.
_STYLED = re.compile(
    "[\u2070-\u209f\u2100-\u214f\u2460-\u24ff\u2776-\u2793\u3200-\u32ff\uff01-\uffdc"
    "\U0001d400-\U0001d7ff\U0001f110-\U0001f189]+"
)
_FOREIGN = re.compile(f"[A-Za-z{''.join(LATIN)}]+")
# A number of a telephone, from its 01 on.
_NUMBER = re.compile(
    rf"(?<!{_LETTER})[0Ooㅇ〇○][1lI|][\d .{re.escape(''.join(DIGITS))}-]{{7,}}(?!{_LETTER})"
)

_SIGN = "[" + re.escape("".join(VOWEL_SIGNS)) + "]"
# A syllable in parts. A final letter is none that begins the next one; a vowel before a vowel weeps
# (ㅠㅠ), and belongs to no syllable. ㅋㅋ1 is a laugh before a number.
_PARTS = re.compile(
    rf"([{INITIALS}])"
    rf"(?:([{VOWELS}])(?![{VOWELS}])|(?<![{INITIALS}\d].)({_SIGN})(?![a-zA-Z0-9]))"
    rf"([{_FINAL}](?![{VOWELS}]|{_SIGN}))?"
)
_RUN_OF_PARTS = re.compile(rf"(?<![{VOWELS}])(?:{_PARTS.pattern}|[가-힣])+")

# Signs that also stand between the members of a list (한·중·일, 국/영/수) need longer runs.
_LIST_SIGNS = "·ㆍ/,~;:、"
_CHAIN = re.compile(r"(?<![가-힣])[가-힣]+(?:([^\w\s\"'()\[\]<>?!])[가-힣]+)+")
_SPACED = re.compile(r"(?<!\S)[가-힣](?:\s{1,3}[가-힣])+(?!\S)")
FEWEST_SIGNED = 3
FEWEST_LISTED = 5
FEWEST_SPACED = 4

#: Syllables that are words of their own in ordinary Korean, so that several may follow each other.
WORDS = frozenset(
    "이그저요나너내네제난넌날널걔얘쟤안못잘더덜좀참꼭또다왜뭐뭘수것거건걸게줄때적듯만한두세몇첫새헌큰"
    "된될할하해온올간갈본볼준원응음예어아오와우자봐가나는은을를에도의집밥물말일돈책글꿈눈비길곳옷차"
    "월화목금토상중남여좌봄여름단장개번달쯤전후편권분명년"
)

Edit = tuple[int, int, str]


@dataclasses.dataclass(frozen=True)
class Revealed:
    """A text as a person reads it, and as it was ``written``.

    ``spans`` are where each character of ``text`` stands in it, None where the two are one.
    """

    text: str
    written: str
    spans: tuple[tuple[int, int], ...] | None = None

    def place(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the written text a span of what is read stands."""
        if self.spans is None or start >= end:
            return start, end
        return self.spans[start][0], self.spans[end - 1][1]


def read_hidden(text: str, *, limit: int | None = None) -> Revealed:
    """Return what a person reads in a text; the text itself where nothing in it is hidden.

    What stands behind ``limit`` characters stays as it is.

    >>> read_hidden("무 직 자 대 출 ⓚⓐⓚⓐⓞ ㄷㅐㅊㅜㄹ").text
    '무직자대출 kakao 대출'
    >>> read_hidden("할 수 있 다 ㅋㅋㅠㅠ A B C 1 2 3 한·미·일").spans is None
    True
    """
    end = len(text) if limit is None else min(limit, len(text))
    revealed = Revealed(text[:end], text)
    for find in _STEPS:
        revealed = _edited(revealed, find(revealed.text))
    if revealed.spans is None:
        return Revealed(text, text)
    behind = tuple((at, at + 1) for at in range(end, len(text)))
    return Revealed(revealed.text + text[end:], text, revealed.spans + behind)


def _edited(revealed: Revealed, edits: Iterable[Edit]) -> Revealed:
    """Return what is revealed with parts of its text replaced, from left to right."""
    edits = [each for each in edits if revealed.text[each[0] : each[1]] != each[2]]
    if not edits:
        return revealed
    text = revealed.text
    spans = revealed.spans or tuple((at, at + 1) for at in range(len(text)))
    parts: list[str] = []
    places: list[tuple[int, int]] = []
    done = 0
    for start, end, new in edits:
        parts += (text[done:start], new)
        places += spans[done:start]
        if len(new) == end - start:
            places += spans[start:end]
        elif new:
            places += [(spans[start][0], spans[end - 1][1])] * len(new)
        done = end
    new_text = "".join([*parts, text[done:]])
    return Revealed(new_text, revealed.written, (*places, *spans[done:]))


def _widthless(text: str) -> Iterator[Edit]:
    for found in _HIDDEN.finditer(text):
        yield *found.span(), ""


def _styled(text: str) -> Iterator[Edit]:
    """Find styled letters that stand beside another letter or digit: not the ① of a list."""
    for found in _STYLED.finditer(text):
        start, end = found.span()
        letters = "".join(map(plain, found.group()))
        before, behind = text[start - 1 : start], text[end : end + 1]
        is_within = before.isalnum() and behind.isalnum()
        is_beside = "가" <= letters[0] <= "힣" and (before.isalnum() or behind.isalnum())
        if not any(map(str.isalnum, letters)):
            continue
        if end - start > 1 or is_within or is_beside or "\uff01" <= text[start] <= "\uff5e":
            yield start, end, letters


def _foreign(text: str) -> Iterator[Edit]:
    """Find words of Latin letters with some of another alphabet."""
    for found in _FOREIGN.finditer(text):
        word = found.group()
        if any(map(str.isascii, word)) and not word.isascii():
            yield *found.span(), "".join(LATIN.get(each, each) for each in word)


def _numbers(text: str) -> Iterator[Edit]:
    """Find numbers of which most digits are digits: O1O-1234."""
    for found in _NUMBER.finditer(text):
        number = found.group()
        num_digits = sum(map(str.isdigit, number))
        num_alike = sum(each in DIGITS for each in number)
        if num_digits > num_alike > 0:
            yield *found.span(), "".join(DIGITS.get(each, each) for each in number)


def _syllables(text: str) -> Iterator[Edit]:
    """Find syllables written in parts that stand beside another syllable."""
    for run in _RUN_OF_PARTS.finditer(text):
        found = list(_PARTS.finditer(text, *run.span()))
        if not found or run.end() - run.start() == len(found[0].group()):
            continue
        for parts in found:
            initial, vowel, sign, final = parts.groups()
            yield *parts.span(), join_syllable(initial, vowel or VOWEL_SIGNS[sign], final or "")


def _signed(text: str) -> Iterator[Edit]:
    """Find the signs in chains of single syllables: 무.직.자.대.출."""
    for chain in _CHAIN.finditer(text):
        parts = list(re.finditer(r"[가-힣]+|[^가-힣]", chain.group()))
        words, signs = parts[::2], parts[1::2]
        singles = [word.group() for word in words if len(word.group()) == 1]
        fewest = (
            FEWEST_LISTED if any(sign.group() in _LIST_SIGNS for sign in signs) else FEWEST_SIGNED
        )
        if len(singles) < fewest or any(len(word.group()) > 1 for word in words[1:-1]):
            continue
        if not _are_words(singles):
            for sign in signs:
                yield chain.start() + sign.start(), chain.start() + sign.end(), ""


def _spaced(text: str) -> Iterator[Edit]:
    """Find the spaces between single syllables; wider ones stand between words, and one stays."""
    for run in _SPACED.finditer(text):
        gaps = [found.span() for found in re.finditer(r"\s+", run.group())]
        syllables = run.group().split()
        if len(syllables) < FEWEST_SPACED or _are_words(syllables):
            continue
        narrowest = min(end - start for start, end in gaps)
        for start, end in gaps:
            yield run.start() + start, run.start() + end, "" if end - start == narrowest else " "


def _are_words(syllables: list[str]) -> bool:
    """Say whether half of the syllables or more can be words of their own."""
    return 2 * sum(each in WORDS for each in syllables) >= len(syllables)


_STEPS: tuple[Callable[[str], Iterator[Edit]], ...] = (
    _widthless,
    _styled,
    _foreign,
    _numbers,
    _syllables,
    _signed,
    _spaced,
)

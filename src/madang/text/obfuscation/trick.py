"""Ways to write a text so that a person still reads it and a filter does not.

Each is a function of a text and a source of chance; ``TRICKS`` names them. They serve the corpus of
evasions by which models are measured, and training, where they are put on rows of every label:
else a model learns that whoever spaces letters is a spammer.
"""

import random
import re
from collections.abc import Callable, Mapping

from madang.text.obfuscation.lookalike import LATIN, split_syllable

Trick = Callable[[str, random.Random], str]

WORD = re.compile(r"[가-힣]{2,}")
LATIN_OR_DIGITS = re.compile(r"[A-Za-z0-9]+")
SPACES = re.compile(r"[ \t]+")

ZERO_WIDTH = "\u200b\u200c\u2060\ufeff"
SIGNS = "*^♥★~_+|"
DOTS = ".·-"
CIRCLED_SYLLABLES = dict(
    zip("가나다라마바사아자차카타파하", "㉮㉯㉰㉱㉲㉳㉴㉵㉶㉷㉸㉹㉺㉻", strict=True)
)

# By vowel, the sign that is written for it; a Latin letter, the foreign one that looks like it.
_SIGN_OF = {"ㅏ": "r", "ㅐ": "H", "ㅣ": "l"}
_FOREIGN = {latin: foreign for foreign, latin in reversed(LATIN.items())}

#: What people chat about before and behind what they are after.
CHAT = (
    "오늘 날씨가 정말 좋네요.",
    "다들 점심은 맛있게 드셨나요?",
    "저는 어제 친구랑 공원에 다녀왔어요.",
    "요즘 아침저녁으로 제법 쌀쌀하네요.",
    "주말에 본 영화가 아직도 생각나요.",
    "우리 집 고양이가 자꾸 책상에 올라와요.",
    "퇴근길에 버스를 한참 기다렸어요.",
    "동네에 새로 생긴 빵집은 다들 가 보셨어요?",
    "감기 조심하시고 따뜻하게 입고 다니세요.",
    "어제 축구 경기 끝까지 보신 분 계신가요?",
    "비가 와서 하루 종일 집에만 있었네요.",
    "오랜만에 글을 남겨 봅니다.",
)
NUM_CHAT = 3


def space_letters(text: str, chance: random.Random) -> str:
    """Put a space, or a dot, between the letters of each word: 무 직 자 대 출."""
    sign = chance.choice((" ", *DOTS))
    return WORD.sub(lambda word: sign.join(word.group()), text)


def put_signs(text: str, chance: random.Random) -> str:
    """Put a sign between the letters of each word: 대*출."""
    return WORD.sub(lambda word: chance.choice(SIGNS).join(word.group()), text)


def circle(text: str, chance: random.Random) -> str:
    """Circle Latin letters and digits, or square the letters, and the syllables that can be."""
    squared = chance.random() < 0.5

    def styled(letter: str) -> str:
        if letter.isdigit():
            return "⓪" if letter == "0" else chr(ord("①") + int(letter) - 1)
        if squared:
            return chr(0x1F130 + ord(letter.upper()) - ord("A"))
        return chr(ord("Ⓐ" if letter.isupper() else "ⓐ") + ord(letter.lower()) - ord("a"))

    text = LATIN_OR_DIGITS.sub(lambda found: "".join(map(styled, found.group())), text)
    return WORD.sub(
        lambda word: "".join(CIRCLED_SYLLABLES.get(each, each) for each in word.group()), text
    )


def widen(text: str, chance: random.Random) -> str:
    """Write ASCII in full width, in half of the texts the spaces too."""
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}
    return text.translate(wide | ({0x20: 0x3000} if chance.random() < 0.5 else {}))


def split_jamo(text: str, chance: random.Random) -> str:
    """Take most words apart into their letters: ㄷㅐㅊㅜㄹ."""
    return WORD.sub(
        lambda word: (
            "".join(map(split_syllable, word.group())) if chance.random() < 0.7 else word.group()
        ),
        text,
    )


def swap_lookalikes(text: str, chance: random.Random) -> str:
    """Write letters that look alike: а for a, O for 0, ㄷH for 대."""

    def alike(letter: str) -> str:
        parts = split_syllable(letter)
        if len(parts) == 2 and parts[1] in _SIGN_OF and chance.random() < 0.7:
            return parts[0] + _SIGN_OF[parts[1]]
        return "O" if letter == "0" else _FOREIGN.get(letter, letter)

    return "".join(map(alike, text))


def hide_zero_width(text: str, chance: random.Random) -> str:
    """Put a character without width between the letters of each word."""
    return WORD.sub(lambda word: chance.choice(ZERO_WIDTH).join(word.group()), text)


def chat_before(text: str, chance: random.Random) -> str:
    """Begin with three sentences about nothing."""
    return " ".join([*chance.sample(CHAT, NUM_CHAT), text])


def chat_behind(text: str, chance: random.Random) -> str:
    """End with three sentences about nothing."""
    return " ".join([text, *chance.sample(CHAT, NUM_CHAT)])


def break_lines(text: str, chance: random.Random) -> str:
    """Put each word on a line of its own, some with an empty line behind."""
    return SPACES.sub(lambda _: chance.choice(("\n", "\n", "\n\n")), text)


TRICKS: Mapping[str, Trick] = {
    "spaced": space_letters,
    "signs": put_signs,
    "circled": circle,
    "full_width": widen,
    "jamo": split_jamo,
    "lookalikes": swap_lookalikes,
    "zero_width": hide_zero_width,
    "chat_before": chat_before,
    "chat_behind": chat_behind,
    "lines": break_lines,
}


def obfuscate(text: str, trick: str, *, seed: int = 0) -> str:
    """Return a text as the trick of that name writes it; the same for the same text and seed.

    >>> obfuscate("무직자 대출", "spaced", seed=3)
    '무 직 자 대 출'
    """
    # Half a surrogate pair has no UTF-8.
    chance = random.Random(f"{seed} {trick} {text}".encode("utf-8", "surrogatepass"))
    return TRICKS[trick](text, chance)

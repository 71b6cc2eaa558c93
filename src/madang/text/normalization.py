r"""What happens to a text before it is cut into tokens, as data that travels in ``tokenizer.json``.

The normaliser is a list of replacements of the ``tokenizers`` library, not Python code: it is
written into the checkpoint, hashed with it, opens in other programs, and keeps for every
character where in the **original** text it came from, so that a reason points at what the person
wrote. It is idempotent: normalising a normalised text changes nothing.

Korean text decides two choices. Compatibility forms (NFKC) are not folded as a whole, for
that would take the letters of ``ㅋㅋ`` and ``ㅠㅠ`` apart into conjoining jamo; only the
full-width forms are. And a digit is never dropped from a run, for 10000 is not 1000.
"""

import json
from typing import Any

from tokenizers import Regex, normalizers

# Control and format characters (NUL, zero-width, direction marks), Hangul fillers and variation
# selectors: a reader sees nothing of them, and writers hide forbidden words with them. Line breaks
# and tabs are white space and stay.
INVISIBLE = (
    r"[\p{Cc}\p{Cf}\x{034F}\x{115F}\x{1160}\x{3164}\x{FFA0}\x{FE00}-\x{FE0F}"
    r"\x{E0100}-\x{E01EF}&&[^\t\n\r]]"
)

# U+FF01 … U+FF5E are the printable ASCII characters 0x21 … 0x7E in full width.
FULL_WIDTH_SHIFT = 0xFEE0
PRINTABLE_ASCII = range(0x21, 0x7F)

LONGEST_RUN = 3
REPEATED = rf"([^\s\d])(?=\1{{{LONGEST_RUN}}})"

# A word spelled syllable by syllable with a sign between (섹#스, 시*발*놈) is folded. Both
# neighbours must be single syllables at a word's edge (one particle may follow), so neither a
# hashtag after a word (끊겼어욤#무니토) nor a list of hashtags (#봄#꽃) is glued. Signs of ranges
# and lists (월~금, 남/여, 상·하) are not among the signs.
SIGN = r"#*@^|_♡♥★"
SYLLABLE = "[가-힣]"
PARTICLE = "[을를이가은는도에의로와과만]"
EVASION = (
    rf"(?<=\A{SYLLABLE}|[^\p{{L}}\p{{N}}\p{{M}}{SIGN}]{SYLLABLE}|[*@^|_♡♥★]{SYLLABLE})"
    rf"[{SIGN}]"
    rf"(?={SYLLABLE}(?:[*@^|_♡♥★]{SYLLABLE}|{PARTICLE})?(?![\p{{L}}\p{{N}}#]))"
)


def build_normalizer(*, blank: str | None = None) -> normalizers.Normalizer:
    """Return Madang's normaliser, ready to be put into a tokenizer.

    What the regular expression ``blank`` matches becomes a space first.

    >>> build_normalizer().normalize_str("\\u200b섹#스 ＡＤ문의 ㅋㅋㅋㅋㅋㅋ!!!!! 10000원")
    '섹스 AD문의 ㅋㅋㅋ!!! 10000원'
    >>> build_normalizer().normalize_str("끊겼어욤#무니토 월~금 #봄#꽃")
    '끊겼어욤#무니토 월~금 #봄#꽃'
    """
    full_width = [
        normalizers.Replace(chr(code + FULL_WIDTH_SHIFT), chr(code)) for code in PRINTABLE_ASCII
    ]
    blanks = [] if blank is None else [normalizers.Replace(Regex(blank), " ")]
    return normalizers.Sequence(
        [
            *blanks,
            normalizers.Replace(Regex(INVISIBLE), ""),
            *full_width,
            # Composition comes after both: a removed or replaced character may have kept two
            # parts of a syllable or a letter and its accent apart.
            normalizers.NFC(),
            normalizers.Replace(Regex(EVASION), ""),
            normalizers.Replace(Regex(REPEATED), ""),
        ]
    )


def blank_first(tokenizer_json: str, pattern: str) -> str:
    """Return the text of a ``tokenizer.json`` that reads ``pattern`` as white space first.

    Pieces and ids stay the same, so a model goes on as it is. A tokenizer that does so already is
    returned unchanged.
    """
    fields: dict[str, Any] = json.loads(tokenizer_json)
    blank = {"type": "Replace", "pattern": {"Regex": pattern}, "content": " "}
    found = fields.get("normalizer") or {"type": "Sequence", "normalizers": []}
    steps = found["normalizers"] if found["type"] == "Sequence" else [found]
    if steps[:1] == [blank]:
        return tokenizer_json
    fields["normalizer"] = {"type": "Sequence", "normalizers": [blank, *steps]}
    return json.dumps(fields, ensure_ascii=False, indent=2)

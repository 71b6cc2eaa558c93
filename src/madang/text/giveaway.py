"""Hashtags that give the label away (label leakage), and the text without them.

The posts were found by searching for a hashtag, and the hashtag became their label. A model that
sees it learns to read the tag instead of the post, and fails where the tag is missing. So every tag
that names a searched hashtag, or that says whether a post is sponsored, is left out: in training,
in evaluation, and from what a person writes.
"""

import functools
import re

# Within a hashtag any of these tells: #인스타홍보, #협찬문의, #내돈내산후기. So does #ad by itself.
STEMS = (
    "광고|협찬|홍보|문의|방판|방문판매|후기|내돈|찐리뷰|체험단|서포터즈|기자단|원고료|제공"
    "|sponsor|advert|gifted|paidpartner"
)
WHOLE_TAGS = r"\A(?:ad|ads|pr)\W*\Z"

# Without "#" only words that no sentence contains are taken for tags: "문의 주세요" stays.
COMPOUNDS = (
    "내돈내산|내돈내산후기|내돈내산리뷰|찐후기|솔직후기|광고아님|광고아니에요|협찬아님|협찬환영"
    "|협찬문의|협찬광고|제품제공|제품협찬|방판"
)

# The same as one expression for a tokenizer's normaliser, and every bare "#" with it: a tag that
# stays is read as a word.
GIVEAWAY = (
    rf"(?i)[#＃](?:[^\s#＃]*(?:{STEMS})[^\s#＃]*|(?:ad|ads|pr)(?![^\s#＃]))?"
    rf"|(?<!\S)(?:{COMPOUNDS})(?!\S)"
)

HASHTAG = re.compile(r"[#＃]([^\s#＃]*)")
TELLING_TAG = re.compile(f"{STEMS}|{WHOLE_TAGS}", re.IGNORECASE)
TELLING_WORD = re.compile(rf"(?<!\S)(?:{COMPOUNDS})(?!\S)")


def strip_giveaways(text: str) -> str:
    """Remove the hashtags that give the label away, and empty ones; join words by single spaces.

    >>> strip_giveaways("#협찬 이지만 #찐후기  가방 문의 주세요 # #가방#광고아님#데일리")
    '이지만 가방 문의 주세요 #가방 #데일리'
    """
    return " ".join(blank_giveaways(text).split())


def blank_giveaways(text: str) -> str:
    """Replace what ``strip_giveaways`` removes by as many spaces, so that offsets stay valid.

    >>> blank_giveaways("가방 #광고 #데일리")
    '가방     #데일리'
    """
    text = HASHTAG.sub(lambda tag: _blank(tag) if _tells(tag[1]) else tag[0], text)
    return TELLING_WORD.sub(_blank, text)


@functools.lru_cache(maxsize=1 << 16)  # the same tags come again and again
def _tells(tag: str) -> bool:
    return not tag or TELLING_TAG.search(tag) is not None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])

"""The words by which a post says that it is advertising, and the post without them.

A model that sees them learns to read the disclosure instead of the post, and misses whoever does
not disclose. Cut out of a part of the advertising, they are no longer the shortest way to the
label.
"""

import re

_GOODS = "제품|상품|식사권|이용권|체험권|원고료|고료|수수료|커미션|샘플|도서"
_GIVEN = "제공|지원|협찬|지급|증정"
TAG = (
    r"[#＃](?:[^\s#＃]{0,8}(?:광고|협찬|체험단|서포터[즈스]|제공|원고료|앰[배버]서더)[^\s#＃]{0,8}"
    r"|(?:ad|ads|pr|sponsored|gifted|paidpartnership)(?![^\s#＃]))"
)
OPEN, CLOSED = r"[\[(<{【「〔]", r"\])>}】」〕"
BRACKETS = rf"{OPEN}[^{CLOSED}\n]{{0,6}}(?:광고|협찬|제품제공)[^{CLOSED}\n]{{0,8}}[{CLOSED}]"
PAID = r"유료\s?광고(?:\s?포함)?|광고\s?포함|paid\s(?:partnership|promotion)"
# To the end of the sentence: "… 업체로부터 제품을 제공받아 작성한 글입니다."
SENTENCE = (
    rf"[^.!?\n]{{0,60}}(?:(?:{_GOODS})[을를과와]?[^.!?\n]{{0,20}}(?:{_GIVEN})[을를]?\s?받"
    rf"|(?:{_GOODS})[을를]?\s?(?:일부|일정액)?[을를]?\s?(?:제공)?받"
    r"|(?:무상|무료)(?:으로)?\s?(?:제공|지원|협찬)|협찬[을를]?\s?받|쿠팡\s?파트너스)[^.!?\n]{0,60}[.!?]?"
)
DISCLOSURE = re.compile("|".join((TAG, BRACKETS, PAID, SENTENCE)), re.IGNORECASE)
SPACES = re.compile(r"[^\S\n]+")


def without_disclosure(text: str) -> str:
    """Return a text without the words by which it says that it is advertising.

    >>> without_disclosure("[광고] 새 크림 #협찬 #데일리. 제품을 제공받아 쓴 글입니다. 촉촉해요")
    '새 크림 #데일리. 촉촉해요'
    """
    return SPACES.sub(" ", DISCLOSURE.sub(" ", text)).strip()

"""The words in which Korean posts disclose, blur or deny that somebody paid for them.

Patterns run on folded text (see ``folding``). Every repetition is bounded, or stays on the line at
whose start it began: two in a row, or one that crosses lines, would make the time grow faster than
the text. What is clear and what is blurred follows the examples of the Korea Fair Trade
Commission's guideline on endorsements (추천·보증 등에 관한 표시·광고 심사지침, section on how an
economic interest is disclosed).
"""

import re
from collections.abc import Iterator

_GIVEN = "제공|지원|협찬|지급|증정"
_GOODS = "제품|상품|식사권|숙박권|이용권|체험권|시술권|원고료|고료|수수료|커미션|제작비|샘플|도서"
_COMPANY = "업체|브랜드|본사|판매자|광고주|출판사|제조사"
_WRITING = "글|게시글|게시물|포스팅|포스트|후기|리뷰|콘텐츠|내용|사용기|체험기|(?:홍보)?피드"
_RECEIVED = "받(?:아|고|았|습니다|음|으며)"


def _compiled(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, re.MULTILINE) for pattern in patterns)


#: Said plainly: whoever reads it knows that the post was paid for.
CLEAR = _compiled(
    r"[\[(<{【「〔|](?P<core>\s{0,9}(?:유료\s{0,9}|대가성\s{0,9})?(?:광고|협찬|제품\s{0,9}(?:제공|협찬))"
    r"(?:\s{0,9}[/·,+&]\s{0,9}(?:광고|협찬|제품\s{0,9}제공))?(?:\s{0,9}포함)?)(?:\s[^\])>}】」〕|\n]{1,20}|[글임])?"
    r"\s{0,9}[\])>}】」〕|]",
    r"^[^\S\n]*(?P<core>(?:유료\s{0,9})?광고|협찬)\s?[)\]:|/·~-]",
    r"#(?P<core>(?:유료|대가성|협찬|제품)?광고(?:글|포함|협찬)?|협찬(?:광고|제품|받음)?|"
    r"(?:제품|도서|숙박|식사)(?:협찬|제공|무상제공)|무상제공|원고료(?:지원|제공))(?![가-힣a-z0-9_])",
    r"(?P<core>유료\s{0,9}광고)(?!\s{0,9}(?:문의|단가|비용|요금|상품|집행|차단|시장|주(?:님|들)|[를을]\s{0,9}집행))",
    rf"(?:{_WRITING})[은는이가]?[^.!?\n]{{0,40}}?(?P<core>광고(?:성)?\s?(?:{_WRITING})?(?:[을를]\s{{0,9}}포함|"
    r"\s?(?:입니다|이에요|예요|임(?![가-힣])|임을\s{0,9}(?:알|밝))))",
    rf"^[^\S\n]*(?P<core>(?:광고|협찬)(?:{_WRITING})?)(?:입니다|이에요|예요)",
    rf"(?P<core>협찬[을를]?\s?{_RECEIVED})",
    rf"(?P<core>협찬[을를]?\s?받은\s?(?:{_WRITING}|제품))",
    rf"(?P<core>협찬)(?:으로\s{{0,9}}(?:작성|제공|진행)|\s?(?:{_WRITING})(?:입니다|이에요|예요|임)|"
    r"\s?(?:입니다|이에요))",
    rf"(?P<core>(?:{_GOODS})[을를과와]?[^.!?\n]{{0,20}}?(?:{_GIVEN})[을를]?\s?{_RECEIVED})",
    rf"(?P<core>(?:무상|무료)(?:으로|로)?\s?(?:{_GIVEN})[을를]?\s?{_RECEIVED})",
    rf"(?P<core>(?:{_GIVEN})[을를]?\s?받(?:아서?|고|은))[^.!?\n]{{0,15}}?(?:작성|쓴|쓰는|씁니다|{_WRITING})",
    rf"(?P<core>(?:원고료|고료|수수료|커미션|(?:경제적|금전적)\s?대가)[을를만]?\s?(?:[^\s.!?]{{1,6}}\s)?"
    rf"{_RECEIVED})",
)

#: The same in English: clear under an English post, not under a Korean one.
FOREIGN = _compiled(
    r"[#\[(](?P<core>ads?|advertisement|pr|sponsored|sponsorship|spon|partnership|collaboration|"
    r"collab|gifted|paid\s?partnership)(?![a-z0-9_])",
    r"(?<![a-z])(?P<core>sponsored\s(?:by|post|content)|paid\spartnership|gifted\sby|"
    r"in\s(?:paid\s)?(?:partnership|collaboration)\swith)(?![a-z])",
)

#: Money that only may come: it reads as if the post might not be an advertisement.
CONDITIONAL = _compiled(
    r"(?P<core>(?:수수료|원고료|커미션|수익금?|대가|협찬)[을를이가]?\s?(?:[^\s.!?]{1,8}\s)?"
    r"(?:(?:제공|지급|지원)\s?)?(?:받[을게]|발생할|생길|지급될|제공될)\s{0,9}(?:될\s{0,9})?수(?:도|가)?\s{0,9}있)",
    r"(?P<core>광고(?:일|[가를]\s{0,9}포함(?:될|할))\s{0,9}수(?:도)?\s{0,9}있)",
)

#: Words that hint at a tie without naming it.
VAGUE = _compiled(
    r"(?P<core>(?:체험단|서포터[즈스])(?:으로|로|에\s?(?:당첨|선정|뽑)|[을를]?\s?통해|\s?(?:당첨|선정|활동|"
    r"자격|진행|입니다|이에요|\d{1,4}기)|\s(?:후기|리뷰)))",
    r"#(?P<core>[가-힣a-z0-9]{0,12}(?:체험단|서포터[즈스]|앰[배버]서더|엠[배버]서더))(?![가-힣a-z0-9_])",
    r"(?P<core>(?<![a-z])(?:thanks|thx)\s?to(?![a-z])(?!\s(?:my|god|you|all|husband|wife|mom|dad))|땡[스쓰]\s?투)",
    rf"(?P<core>(?:{_COMPANY}|담당자님?)[^.!?\n]{{0,15}}?선물)",
    r"#(?P<core>선물받은|선물협찬|협업|콜라보|파트너십)(?![가-힣a-z0-9_])",
    rf"(?P<core>(?:{_COMPANY})\s?[와과](?:의)?\s?(?:협업|콜라보|파트너십|함께))",
    r"(?P<core>홍보(?:성|용)?\s?(?:글|게시물|포스팅)(?:\s?(?:입니다|이에요|임)))",
    r"(?P<core>소정의\s?(?:선물|혜택|상품|사례))",
)

#: Traces of money that comes by a link or a code; buying the thing oneself does not undo them.
COMMISSION = _compiled(
    r"(?P<core>(?:쿠팡\s?)?파트너스\s?(?:수수료|활동|링크)|쿠팡\s?파트너스|원고료|제휴\s?(?:링크|마케팅))",
    r"(?P<core>link\.coupang\.com|coupa\.ng)",
    r"(?P<core>(?:추천인\s?코드|할인\s?코드|쿠폰\s?코드)\s?[:=]?\s?[a-z0-9]{4,20})",
    r"(?P<core>(?:공구|공동\s?구매)[을를]?\s?(?:오픈|시작|진행|열)(?![가-힣]{0,3}\s?(?:하나|있나|예정인가)))",
    r"(?P<core>후기[^.!?\n]{0,12}?(?:환급|페이백|추첨))",
)

#: Traces of goods that somebody gave.
GIFT = _compiled(
    r"(?P<core>협찬[을를]?\s?(?:받은|해\s?주[신셔]|품))",
    rf"(?P<core>(?:{_GOODS})[을를]?\s?(?:(?:무상|무료)(?:으로)?\s?)?(?:제공|협찬|증정)[을를]?\s?(?:받|해\s?주))",
    r"(?P<core>(?<!정보)(?<!정보를 )제공\s?받은)",
    rf"(?P<core>(?:{_COMPANY})(?:\s?측)?(?:로부터|에서|가)\s?[^.!?\n]{{0,15}}?(?:제공|보내\s?주|협찬|선물))",
    r"(?P<core>(?:사용|체험)(?:해\s?볼)?\s?기회[를을]\s?(?:주셔|주신|받아|얻어))",
)

_OWN_MONEY = re.compile(r"내돈\s?내[산먹]|내\s?돈\s?(?:으로|주고)")
_DENIED_AFTER = re.compile(
    r"(?:성|글|후기|리뷰|제품|포스팅)?[은는이가도을를]?\s?(?:글|후기)?[은는이가도]?\s{0,9}"
    r"(?:절대|전혀|결코|아예|1도|일절|당연히|진짜)?[은는도]?\s{0,9}"
    r"(?:아[니님닌닙녜녀]|없|안\s?(?:받|함|했|해)|받지\s?(?:도\s?)?않|x(?![a-z0-9])|[❌✕✖×]|no(?![a-z])|노노)"
    r"|[^.!?\n]{0,15}?(?:것|거|게|건|적|글|후기|리뷰|일)[은는이가도]?\s{0,9}(?:절대|전혀|결코)?\s{0,9}(?:아[니님닌닙녜]|없)"
)
_DENIED_BEFORE = re.compile(r"(?:(?<![가-힣])[노비무]|(?<![a-z])(?:no|non|not|zero))[\s_-]{0,9}$")
_ASKED = re.compile(
    r"[^.!?\n]{0,8}?(?:\?|까요|나요|가요|[은는]지)"
    r"|\s?(?:하는\s?(?:법|방법)|방법|신청|모집|어떻게|추천\s?(?:좀|부탁)|해\s?보신|아시는)"
)
_OF_OTHERS = re.compile(
    r"(?:유튜버|인플루언서|블로거|연예인|작성자|글쓴이|사람|걔네?|누가|다들|업체|판매자)"
    r"(?:들|분들?)?[은는이가도]?(?:\s[^.!?\n]{0,12})?$|들[은이]\s?$|(?:예전|옛날|지난번|작년)에?\s?$"
)
_LOOK_BACK = 24


def matches(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans that the writer says of this very post: not denied, asked or told of others.

    >>> list(matches(CLEAR, "[광고] 새 크림"))
    [(1, 3)]
    >>> list(matches(CLEAR, "[광고 아님] 새 크림"))
    []
    """
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, end = match.span("core")
            if not (_is_denied(text, start, end) or _is_about_others(text, start, end)):
                yield start, end


def bought_with_own_money(text: str) -> bool:
    """Tell whether the writer says that they paid for it themselves.

    >>> bought_with_own_money("내돈내산 후기"), bought_with_own_money("내돈내산 아니고 선물")
    (True, False)
    """
    return any(not _DENIED_AFTER.match(text, own.end()) for own in _OWN_MONEY.finditer(text))


def _is_denied(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 6) : start]
    return bool(_DENIED_AFTER.match(text, end) or _DENIED_BEFORE.search(before))


def _is_about_others(text: str, start: int, end: int) -> bool:
    if _ASKED.match(text, end):
        return True
    sentence = re.split(r"[.!?\n]", text[max(0, start - _LOOK_BACK) : start])[-1]
    return bool(_OF_OTHERS.search(sentence))

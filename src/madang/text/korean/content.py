"""The part of a Korean word that says something: without particle, ending and punctuation.

A reader shown 있어요 or 습니다 as the reason of a label does not believe it: it stands everywhere.
No dictionary is needed to leave such words out, for they are few, and what follows a noun is a
closed list. Rules err where a noun ends as a particle does (고양이); exceptions bound that.
"""

import re

_FREE = """
에서는 에서도 에게서 한테서 까지는 까지도 부터는 에서 에게 한테 까지 부터 처럼 보다 만큼 마다 조차
밖에 에는 에도 들이 들은 들을 들의 들도 의 에 로 도 만 들
"""
#: What follows a noun: of one that ends in a consonant (True), in a vowel (False), or of either.
PARTICLES: dict[str, bool | None] = {
    **dict.fromkeys(("은", "이", "을", "과", "으로", "이나", "이랑", "이라는", "이라고"), True),
    **dict.fromkeys(("는", "가", "를", "와", "랑", "라는", "라고"), False),
    **dict.fromkeys(_FREE.split()),
}
_PARTICLES = sorted(PARTICLES, key=len, reverse=True)
# Nouns that end as if a particle followed, or that look like a verb.
_NOUNS = """
고양이 어린이 걸이 볶이 나들이 놀이 먹이 구이 높이 길이 차이 저가 할인가 매가 회원가 정상가 출시가
전문가 작가 상가 국가 휴가 참가 추가 평가 물가 대가 요가 효과 결과 학과 치과 안과 성과 만족도
인지도 완성도 문의 회의 주의 동의 정의 강의 합의 협의 논의 건의 무료 자료 의료 치료 진료 거리 자리
서로 새로 바로 스로 최고 속도 온도 강도 정도 태도 제도 지도 할인 온라인 본인 주인 가게 주거 주기
예시 입시 가시 말씀 예약 입고
"""
NOUNS = tuple(_NOUNS.split())
# What endings are made of: of so few syllables that hardly any noun is written with them alone.
_ENDING = "[니다습어요아세시면고는은을던지만데네죠게거든서도야까겠었았했여려기란라신셨음며나자용]"
_LIGHT_VERB = re.compile(
    "(?:있|없|하|되|돼|됐|했|해|할|한|함|됨|될|된|받|드리|드려|드렸|드립|드릴|주|줘|줬|줍|줄|준|않|"
    "같|보|봤|봐|봅|볼|본|오|왔|와|옵|올|온|가|갔|갑|갈|간|싶|알|모르|몰|아니|아닌|계시|계셔|계신|"
    "계십|다름없|그러|그런|그랬|그래|이러|이런|이래|저런|어떠|어떤|어때|말|됩|합|입|이|예|에)"
    f"{_ENDING}{{0,6}}"
)
_VERB_OF_NOUN = re.compile(
    "(?:하|합|했|해|할|한|하셨|하신|하실|되|됩|됐|돼|된|될|드리|드립|드려|드렸|드릴|받으|받습|받아|"
    f"받는|받을|받고|주세|주시|줍|입|이에|예|있|없|시키|시켜|시킬|가능하|가능합){_ENDING}{{0,6}}$"
)
# Adverbs, pronouns, conjunctions, greetings.
_FUNCTION_WORDS = """
그리고 다들 그래서 그런데 그러나 그러니까 하지만 또한 또는 혹은 그래도 그럼 그리 정말 너무 진짜
아주 매우 무척 완전 제일 가장 오늘 어제 지금 내일 요즘 저는 저도 제가 저희 우리 나는 내가 이번
다시 바로 모두 함께 같이 많이 조금 그냥 계속 이제 여기 저기 거기 이것 그것 이거 그거 때문 때문에
위해 위한 통해 통한 대한 대해 따라 따른 경우 정도 등등 모든 여러 여러분 혹시 아직 이미 벌써 항상
늘 자주 가끔 먼저 다음 아마 아무 어느 무슨 누가 누구 어디 언제 어떻게 이렇게 그렇게 만약 역시 특히
거의 약간 별로 전혀 절대 일단 우선 결국 드디어 안녕하세요 안녕 감사합니다 그때 이때 하나 서로 새로
스스로
"""
#: Words that say nothing by themselves.
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())
_EDGE = re.compile(r"[^\w%#@+₩$]|_")
_LONE_JAMO = re.compile("[ㄱ-ㅣ]+")
FEWEST_SYLLABLES = 2


def content_span(word: str) -> tuple[int, int] | None:
    """Return start and end of what a word says, None where it is no word for anything.

    >>> [word[slice(*content_span(word))] for word in ("특가를", "할인합니다!", "(고양이가)")]
    ['특가', '할인', '고양이']
    >>> content_span("있어요"), content_span("그리고"), content_span("ㅋㅋㅋ"), content_span("!!")
    (None, None, None, None)
    """
    start, end = trim(word)
    if not _says_something(word[start:end]):
        return None
    end = start + _end_of_stem(word[start:end])
    return (start, end) if _says_something(word[start:end]) else None


def trim(word: str) -> tuple[int, int]:
    """Return start and end of a word without the punctuation around it.

    >>> trim("(50%!)")
    (1, 4)
    """
    start, end = 0, len(word)
    while start < end and _EDGE.match(word[start]):
        start += 1
    while start < end and _EDGE.match(word[end - 1]):
        end -= 1
    return start, end


def _says_something(word: str) -> bool:
    if not any(map(str.isalnum, word)) or _LONE_JAMO.fullmatch(word):
        return False
    if word in FUNCTION_WORDS or (_LIGHT_VERB.fullmatch(word) and word not in NOUNS):
        return False
    # A single syllable is a dependent noun or a determiner more often than a word for a thing.
    return len(word) >= FEWEST_SYLLABLES or not "가" <= word <= "힣"


def _end_of_stem(word: str) -> int:
    """Return where a noun ends: before its particle, or before the verb that is made of it."""
    verb = _VERB_OF_NOUN.search(word, FEWEST_SYLLABLES)
    if verb is not None and "가" <= word[verb.start() - 1] <= "힣":
        return verb.start()
    if word.endswith(NOUNS):
        return len(word)
    for particle in _PARTICLES:
        rest = len(word) - len(particle)
        if rest >= FEWEST_SYLLABLES and word.endswith(particle) and _fits(word[rest - 1], particle):
            return rest
    return len(word)


def _fits(last: str, particle: str) -> bool:
    """Say whether a particle can follow a syllable; behind a digit or a Latin letter any can."""
    if not "가" <= last <= "힣":
        return True
    ends_in_consonant = (ord(last) - ord("가")) % 28 != 0
    wanted = PARTICLES[particle]
    return wanted is None or wanted == ends_in_consonant

"""Check whether a post says, early and plainly, that somebody paid for it.

Korea's Fair Trade Commission asks whoever recommends a product to disclose an economic interest
(추천·보증 등에 관한 표시·광고 심사지침). Since 2024-12-01 a written post must do so in its title
or at its beginning; before, the end was allowed too. Every rule here carries the dates between
which it is in force, so a post is judged by the rules of its day.

This is a friendly hint for the writer, never a gate, and no legal advice.
"""

import dataclasses
import datetime
import re
from collections.abc import Iterable
from enum import StrEnum
from functools import cached_property, lru_cache
from itertools import islice

from madang.community.moderation import wording
from madang.community.moderation.folding import FoldedText, fold

#: What a phone shows of a post before its reader scrolls; "the beginning", "the end".
BEGINNING_CHARACTERS = 100
_HANGUL = re.compile("[가-힣]")
_HASHTAGS = re.compile(r"#[^\s#]+(?:[\s,]*#[^\s#]+)*")
_HASH = re.compile("#")
#: A disclosure behind this many other hashtags is not easily found.
_CROWD = 3


class Severity(StrEnum):
    """How much a finding asks of the writer."""

    OK = "ok"
    ADVICE = "advice"
    WARNING = "warning"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule with the days on which it is in force (``until`` excluded)."""

    id: str
    since: datetime.date
    until: datetime.date | None = None
    severity: Severity
    korean: str
    english: str

    def is_in_force(self, on: datetime.date) -> bool:
        """Tell whether the rule holds on a day."""
        return self.since <= on and (self.until is None or on < self.until)


@dataclasses.dataclass(frozen=True, kw_only=True, order=True)
class Span:
    """Characters ``start:end`` of the original ``"title"`` or ``"body"``."""

    field: str
    start: int
    end: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finding:
    """What a rule found, where, and a sentence that would settle it (or ``""``)."""

    rule: Rule
    spans: tuple[Span, ...]
    proposal: str = ""


_2020 = datetime.date(2020, 9, 1)
_2024 = datetime.date(2024, 12, 1)

RULES: tuple[Rule, ...] = (
    Rule(
        id="disclosed",
        since=_2020,
        severity=Severity.OK,
        korean="광고임을 잘 밝혀 주셨어요. 고맙습니다.",
        english="You disclosed it clearly. Thank you.",
    ),
    Rule(
        id="at-the-beginning",
        since=_2024,
        severity=Severity.ADVICE,
        korean="밝힌 문구를 제목이나 글의 첫머리로 옮겨 주세요. "
        "2024년 12월 1일부터는 끝에만 적으면 부족해요.",
        english="Move the disclosure to the title or the beginning: since 1 December 2024 "
        "the end of a post is not enough.",
    ),
    Rule(
        id="at-the-beginning-or-end",
        since=_2020,
        until=_2024,
        severity=Severity.ADVICE,
        korean="밝힌 문구를 글의 처음이나 끝으로 옮겨 주세요.",
        english="Move the disclosure to the beginning or the end of the post.",
    ),
    Rule(
        id="not-among-hashtags",
        since=_2020,
        severity=Severity.ADVICE,
        korean="해시태그 사이에 묻혀 잘 보이지 않아요. 제목이나 첫 문장에 적어 주세요.",
        english="It hides among other hashtags: put it into the title or the first sentence.",
    ),
    Rule(
        id="not-conditional",
        since=_2024,
        severity=Severity.ADVICE,
        korean="‘받을 수 있음’은 광고가 아닐 수도 있다는 뜻으로 읽혀요. "
        "‘받습니다’처럼 분명히 적어 주세요.",
        english="“May receive” reads as if it might be no advertisement: say that you receive it.",
    ),
    Rule(
        id="in-the-same-language",
        since=_2020,
        severity=Severity.ADVICE,
        korean="영어 표시만으로는 모든 분이 알아보기 어려워요. "
        "한국어로 ‘광고’ 또는 ‘협찬’이라고 적어 주세요.",
        english="A Korean post needs Korean words: write 광고 or 협찬.",
    ),
    Rule(
        id="in-clear-words",
        since=_2020,
        severity=Severity.ADVICE,
        korean="‘체험단’, ‘서포터즈’, ‘Thanks to’, ‘선물’만으로는 대가를 받았는지 알기 어려워요. "
        "받은 것을 분명히 적어 주세요.",
        english="체험단, supporters, “Thanks to” or a gift do not say that you were paid: "
        "name what you received.",
    ),
    Rule(
        id="undisclosed",
        since=_2020,
        severity=Severity.WARNING,
        korean="대가를 받은 글처럼 보여요. 그렇다면 제목이나 첫머리에 밝혀 주세요. "
        "아니라면 그대로 두셔도 됩니다.",
        english="This reads as if you received something for it. If so, say it in the title or at "
        "the beginning; if not, leave it as it is.",
    ),
)

_BY_GOODS = "[협찬] 업체에서 제품을 제공받아 작성한 글입니다."
_BY_COMMISSION = "[광고] 이 글의 링크로 구매하시면 작성자가 수수료를 받습니다."


def check(title: str, body: str, *, on: datetime.date) -> list[Finding]:
    """Return what the rules in force on a day say about a post; nothing where nothing is to say.

    A clear disclosure in its place settles the matter. Otherwise each fault is named once.

    >>> today = datetime.date(2026, 11, 22)
    >>> [finding.rule.id for finding in check("[광고] 새 크림", "좋아요", on=today)]
    ['disclosed']
    >>> [finding.rule.id for finding in check("새 크림", "체험단으로 써 봤어요", on=today)]
    ['in-clear-words']
    >>> check("오늘 점심", "김치찌개가 맛있었어요", on=today)
    []
    """
    post = _Post(title, body)
    in_force = {rule.id: rule for rule in RULES if rule.is_in_force(on)}
    if "disclosed" not in in_force:
        return []
    clear = post.clear_spans()
    if "not-conditional" not in in_force:
        clear += post.find(wording.CONDITIONAL)
    if clear:
        return [_place(post, clear, in_force)]
    return [
        Finding(rule=in_force[rule_id], spans=tuple(spans), proposal=proposal)
        for rule_id, spans, proposal in _faults(post)
        if spans and rule_id in in_force
    ] or _undisclosed(post, in_force["undisclosed"])


def disclosed_spans(title: str, body: str) -> list[Span]:
    """Return the spans in which the author plainly says that the post is an advertisement.

    >>> disclosed_spans("새 크림", "#광고 촉촉해요")
    [Span(field='body', start=1, end=3)]
    """
    return _Post(title, body).clear_spans()


@lru_cache(maxsize=64)
def is_disclosed(title: str, body: str) -> bool:
    """Say whether the author plainly says that the post is an advertisement.

    The last answers are kept: asked before a transaction, it costs nothing inside.
    """
    return bool(disclosed_spans(title, body))


class _Post:
    """A folded post that finds patterns in both of its fields."""

    def __init__(self, title: str, body: str) -> None:
        self.fields: dict[str, FoldedText] = {"title": fold(title), "body": fold(body)}
        self.whole = f"{self.fields['title'].text}\n{self.fields['body'].text}"
        self.is_korean = bool(_HANGUL.search(self.whole))

    def find(self, patterns: tuple[re.Pattern[str], ...]) -> list[Span]:
        """Return the matches as spans of the original fields, without overlaps, in order."""
        found = (
            Span(field=field, start=start, end=end)
            for field, folded in self.fields.items()
            for start, end in (
                folded.span(*match) for match in wording.matches(patterns, folded.text)
            )
        )
        return _without_overlaps(found)

    def clear_spans(self) -> list[Span]:
        clear = wording.CLEAR if self.is_korean else (*wording.CLEAR, *wording.FOREIGN)
        return self.find(clear)

    def is_at_the_beginning(self, span: Span) -> bool:
        return span.field == "title" or span.start < self._end_of_the_beginning

    def is_at_the_end(self, span: Span) -> bool:
        return span.end > self._beginning_of_the_end

    @cached_property
    def _end_of_the_beginning(self) -> int:
        folded = self.fields["body"]
        first = len(folded.text) - len(folded.text.lstrip())
        return folded.starts[min(first + BEGINNING_CHARACTERS, len(folded.text))]

    @cached_property
    def _beginning_of_the_end(self) -> int:
        folded = self.fields["body"]
        return folded.starts[max(0, len(folded.text.rstrip()) - BEGINNING_CHARACTERS)]

    def visible(self, spans: list[Span]) -> list[Span]:
        """Return the spans that do not hide behind at least three other hashtags of one run."""
        hidden = {
            (field, folded.starts[tag.end()])
            for field, folded in self.fields.items()
            for run in _HASHTAGS.finditer(folded.text)
            for tag in islice(_HASH.finditer(folded.text, run.start(), run.end()), _CROWD, None)
        }
        return [span for span in spans if (span.field, span.start) not in hidden]


def _place(post: _Post, clear: list[Span], in_force: dict[str, Rule]) -> Finding:
    """Judge a clear disclosure by where it stands."""
    visible = post.visible(clear)
    if not visible:
        return Finding(rule=in_force["not-among-hashtags"], spans=tuple(clear), proposal=_BY_GOODS)
    end_counts = "at-the-beginning-or-end" in in_force
    well_placed = tuple(
        span
        for span in visible
        if post.is_at_the_beginning(span) or (end_counts and post.is_at_the_end(span))
    )
    if well_placed:
        return Finding(rule=in_force["disclosed"], spans=well_placed)
    rule_id = "at-the-beginning-or-end" if end_counts else "at-the-beginning"
    return Finding(rule=in_force[rule_id], spans=tuple(visible))


def _faults(post: _Post) -> list[tuple[str, list[Span], str]]:
    own_money = wording.bought_with_own_money(post.whole)
    return [
        ("not-conditional", post.find(wording.CONDITIONAL), _BY_COMMISSION),
        ("in-the-same-language", post.find(wording.FOREIGN), _BY_GOODS),
        ("in-clear-words", [] if own_money else post.find(wording.VAGUE), _BY_GOODS),
    ]


def _undisclosed(post: _Post, rule: Rule) -> list[Finding]:
    commission = post.find(wording.COMMISSION)
    gifts = [] if wording.bought_with_own_money(post.whole) else post.find(wording.GIFT)
    spans = _without_overlaps([*commission, *gifts])
    if not spans:
        return []
    proposal = _BY_COMMISSION if commission else _BY_GOODS
    return [Finding(rule=rule, spans=tuple(spans), proposal=proposal)]


def _without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Return spans in reading order (title first); of overlapping ones, the first and longest."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.field != "title", s.start, -s.end)):
        if not kept or kept[-1].field != span.field or span.start >= kept[-1].end:
            kept.append(span)
    return kept

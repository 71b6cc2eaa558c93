"""The disclosure check, on posts as Korean boards know them."""

import datetime
import itertools
import unicodedata

import pytest

from madang.community.moderation.disclosure import RULES, Severity, Span, check, disclosed_spans

TODAY = datetime.date(2026, 11, 22)
LONG = "바르고 나서 하루가 지났는데도 촉촉했고 향도 은은해서 마음에 들었어요. " * 5

# (title, text, rules that speak)
CASES = [
    # clear, and in its place
    ("[광고] 겨울 크림 후기", LONG, ["disclosed"]),
    ("(광고) 겨울 크림 후기", LONG, ["disclosed"]),
    ("［광고］ 겨울 크림 후기", LONG, ["disclosed"]),
    ("[유료광고 포함] 겨울 크림", LONG, ["disclosed"]),
    ("[협찬] 캐나다 여행", LONG, ["disclosed"]),
    ("[제품 제공] 무선 청소기", LONG, ["disclosed"]),
    ("[광고/협찬] 무선 청소기", LONG, ["disclosed"]),
    ("광고) 무선 청소기 2주 사용기", LONG, ["disclosed"]),
    ("무선 청소기 2주 사용기", "#광고 " + LONG, ["disclosed"]),
    ("무선 청소기", "#협찬 #청소기 " + LONG, ["disclosed"]),
    ("무선 청소기", "이 글은 업체로부터 제품을 제공받아 작성한 후기입니다. " + LONG, ["disclosed"]),
    ("무선 청소기", "본 포스팅은 소정의 원고료를 지원 받아 작성되었습니다. " + LONG, ["disclosed"]),
    ("무선 청소기", "협찬 받아 써 본 후기예요. " + LONG, ["disclosed"]),
    ("무선 청소기", "협찬받은 제품으로 청소해 봤어요. " + LONG, ["disclosed"]),
    ("무선 청소기", "이 포스팅은 유료광고를 포함하고 있습니다. " + LONG, ["disclosed"]),
    ("무선 청소기", "이 글은 광고입니다. " + LONG, ["disclosed"]),
    ("무선 청소기", "무상으로 제공받아 솔직하게 적어요. " + LONG, ["disclosed"]),
    ("휴지 추천", "쿠팡 파트너스 활동의 일환으로 수수료를 제공받습니다. " + LONG, ["disclosed"]),
    ("무선 청소기", "체험단으로 제품을 제공받아 씁니다. " + LONG, ["disclosed"]),
    ("New vacuum", "Sponsored by Acme. It is quiet and light.", ["disclosed"]),
    # clear, but late
    ("겨울 크림", LONG + "업체로부터 제품을 제공받아 작성했습니다.", ["at-the-beginning"]),
    ("겨울 크림", LONG + "#광고", ["at-the-beginning"]),
    ("휴지 추천", LONG + "일정액의 수수료를 제공받습니다.", ["at-the-beginning"]),
    ("겨울 크림", "#겨울 #크림 #보습 #데일리 #광고", ["not-among-hashtags"]),
    # money that may come
    ("휴지 추천", "소정의 수수료를 지급받을 수 있음 " + LONG, ["not-conditional"]),
    ("휴지 추천", "구매하시면 커미션이 발생할 수 있습니다.", ["not-conditional"]),
    # the wrong language
    ("겨울 크림", "Sponsored by 아크메. 촉촉해요", ["in-the-same-language"]),
    ("겨울 크림", "#AD 촉촉해요", ["in-the-same-language"]),
    # blurred
    ("겨울 크림", "체험단으로 써 봤어요. 촉촉해요", ["in-clear-words"]),
    ("겨울 크림 체험단 후기", "촉촉해요", ["in-clear-words"]),
    ("겨울 크림", "Thanks to 아크메 😍 촉촉해요", ["in-clear-words"]),
    ("겨울 크림", "땡스투 아크메, 촉촉해요", ["in-clear-words"]),
    ("겨울 크림", "아크메 서포터즈 3기 첫 미션입니다", ["in-clear-words"]),
    ("겨울 크림", "브랜드에서 보내준 선물 언박싱!", ["in-clear-words"]),
    ("겨울 크림", "촉촉해요 #아크메앰배서더", ["in-clear-words"]),
    ("겨울 크림", "이 글은 홍보성 글입니다", ["in-clear-words"]),
    # traces, and not a word
    ("겨울 크림", "제공받은 크림인데 촉촉해요", ["undisclosed"]),
    ("겨울 크림", "업체에서 보내주신 크림을 발라 봤어요", ["undisclosed"]),
    ("휴지 추천", "싸요! https://link.coupang.com/a/abc", ["undisclosed"]),
    ("휴지 추천", "할인코드 MADANG10 쓰세요", ["undisclosed"]),
    ("원피스", "오늘 저녁 8시 공구 오픈합니다", ["undisclosed"]),
    ("휴지 추천", "내돈내산이에요! 파트너스 링크는 아래에", ["undisclosed"]),
    # denied
    ("겨울 크림 (광고 아님)", "촉촉해요", []),
    ("[광고아님] 겨울 크림", "촉촉해요", []),
    ("겨울 크림", "광고X 협찬X 촉촉해요", []),
    ("겨울 크림", "협찬 아닙니다. 촉촉해요", []),
    ("겨울 크림", "오해금지 내돈주고 삼 협찬아님", []),
    ("겨울 크림", "내돈내산 후기! 촉촉해요", []),
    ("겨울 크림", "협찬 받은 적 없어요", []),
    ("겨울 크림", "제품을 제공받아 쓴 글이 아니에요", []),
    ("겨울 크림", "노협찬 무광고 솔직 후기", []),
    ("겨울 크림", "원고료를 받지 않았습니다", []),
    ("크림", "제품을 무상 제공받은 홍보피드입니다", ["disclosed"]),
    # of other things, of others, of other days, a question
    ("프라엘", "예전에 협찬 받았음 고마워요", []),
    ("마스크", "회사 창립기념 선물로 받았다", []),
    ("마스크", "Thanks to my husband 와이프선물 고마워", []),
    ("광고 차단 앱 추천해 주세요", "유튜브 광고가 너무 많아요", []),
    ("지하철 광고 보고 웃었어요", "광고 회사는 대단해요", []),
    ("이거 광고인가요?", "협찬 받은 글인가요?", []),
    ("체험단 신청하는 법", "체험단 모집은 어디서 보나요?", []),
    ("인플루언서들이 협찬 받고 숨기는 거", "정말 싫어요", []),
    ("엄마가 준 선물", "생일 선물 받은 가방이에요", []),
    ("광고 문의는 어디로", "유료광고 문의 받나요", []),
    ("오늘 점심", "김치찌개가 맛있었어요", []),
    ("", "", []),
    ("😀", "🎉🎉🎉", []),
]


def _rule_ids(title: str, text: str, on: datetime.date = TODAY) -> list[str]:
    return [finding.rule.id for finding in check(title, text, on=on)]


@pytest.mark.parametrize(("title", "text", "expected"), CASES)
def test_each_kind_of_post_gets_its_rule(title: str, text: str, expected: list[str]) -> None:
    assert _rule_ids(title, text) == expected


@pytest.mark.parametrize(("title", "text", "expected"), CASES)
def test_decomposed_letters_change_nothing(title: str, text: str, expected: list[str]) -> None:
    decomposed_title, decomposed_text = (
        unicodedata.normalize("NFD", part) for part in (title, text)
    )
    assert _rule_ids(decomposed_title, decomposed_text) == expected


def test_the_end_was_a_good_place_before_december_2024() -> None:
    text = LONG + "업체로부터 제품을 제공받아 작성했습니다."
    assert _rule_ids("겨울 크림", text, datetime.date(2024, 11, 30)) == ["disclosed"]
    assert _rule_ids("겨울 크림", text, datetime.date(2024, 12, 1)) == ["at-the-beginning"]


def test_the_middle_never_was_a_good_place() -> None:
    text = LONG + "업체로부터 제품을 제공받아 작성했습니다. " + LONG
    found = _rule_ids("겨울 크림", text, datetime.date(2024, 11, 30))
    assert found == ["at-the-beginning-or-end"]


def test_money_that_may_come_was_let_pass_before_december_2024() -> None:
    text = "소정의 수수료를 지급받을 수 있음"
    assert _rule_ids("휴지", text, datetime.date(2024, 11, 30)) == ["disclosed"]


def test_no_rule_speaks_of_a_day_before_the_first() -> None:
    assert _rule_ids("[광고] 크림", "협찬", datetime.date(2020, 8, 31)) == []


def test_spans_point_at_the_words_themselves() -> None:
    title, text = "［협찬］ 크림", "촉촉! #광\u200b고"
    found = {
        {"title": title, "body": text}[span.field][span.start : span.end]
        for span in disclosed_spans(title, text)
    }
    assert found == {"협찬", "광\u200b고"}


def test_spans_do_not_overlap_and_stand_in_reading_order() -> None:
    spans = disclosed_spans("[광고] 크림", "협찬 받은 제품을 제공받아 작성한 글 #광고")
    assert spans == sorted(spans, key=lambda span: (span.field != "title", span.start))
    for left, right in itertools.pairwise(spans):
        assert left.field != right.field or left.end <= right.start
    assert spans[0] == Span(field="title", start=1, end=3)


def test_every_rule_has_a_date_and_both_languages() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.korean
        assert rule.english
        assert rule.since >= datetime.date(2020, 9, 1)


def test_a_fault_comes_with_a_sentence_that_settles_it() -> None:
    for title, text, _ in CASES:
        for finding in check(title, text, on=TODAY):
            if finding.proposal:
                assert finding.rule.severity is not Severity.OK
                assert _rule_ids(title, f"{finding.proposal}\n{text}") == ["disclosed"]

"""What models are measured on is learned from nowhere, in whatever set or form it stands."""

import pytest

from madang.datasets import registry
from madang.datasets.card import Document, LabelledText, Question, TaggedText, TextPair
from madang.datasets.measured import MeasuredRows, digest
from madang.errors import SettingError
from madang.tasks.embedding.learning import AlikeTexts


def test_a_measured_text_is_known_in_rows_of_every_kind() -> None:
    measured = MeasuredRows([LabelledText("이 영화, 최고!", 1)])
    same = "이 영화 최고"
    rows = [
        LabelledText(same, 0),
        TaggedText(same, ()),
        Document("이\n영화 최고…"),
        TextPair(same, "다른 말", 0),
        TextPair("다른 말", same, 0),
        AlikeTexts(first="다른 말", second="또 다른 말", unlike=same),
        Question(context=same, question="무엇?", start=0, answer="이"),
        "이 영화 최고",
    ]
    assert all(row in measured for row in rows)
    assert LabelledText("이 영화 최고다", 1) not in measured


def test_of_a_measured_pair_the_pair_counts_in_either_order_and_no_sentence_alone() -> None:
    measured = MeasuredRows([TextPair("비가 온다", "날이 맑다", 0)])
    assert TextPair("날이 맑다.", "비가 온다!", 1) in measured
    assert AlikeTexts(first="비가 온다", second="눈이 온다", unlike="날이 맑다") in measured
    assert TextPair("비가 온다", "눈이 온다", 0) not in measured
    assert LabelledText("비가 온다", 0) not in measured


def test_case_and_unicode_form_make_no_other_text() -> None:
    measured = MeasuredRows([LabelledText("ＡＢＣ 카페 ①", 0)])
    assert LabelledText("abc 카페 1", 0) in measured


def test_texts_without_a_letter_are_no_measured_text() -> None:
    assert LabelledText("!!!", 0) not in MeasuredRows([LabelledText("ㅡ_ㅡ", 0), Document("…")])


def test_film_reviews_that_are_measured_stand_among_premises() -> None:
    """``klue_nli`` says so of 856 of the 1,645 reviews among its premises."""
    measured = MeasuredRows.of(["nsmc"])
    premises = {row.first for row in registry.stream("klue_nli", "train")}
    found = {text for text in premises if text in measured}
    by_hand = {row.text for row in registry.stream("nsmc", "test")}
    assert {text for text in premises if text in by_hand} <= found
    assert 600 < len(found) < 900
    kept = measured.without(registry.load("klue_nli", "train"), what="to learn from")
    assert found.isdisjoint(row.first for row in kept)


def test_a_digest_depends_on_what_is_learned_alone() -> None:
    rows = [LabelledText("가", 0), TextPair("나", "다", 1)]
    same = [TextPair("다!", "나", 0), LabelledText("가", 1), LabelledText("가.", 0)]
    assert digest(rows) == digest(same)
    assert digest(rows) != digest(rows[:1])


def test_a_split_that_chooses_may_be_left_in() -> None:
    whole, tests = (
        MeasuredRows.of(["ads_instagram"], besides=besides) for besides in ((), ("validation",))
    )
    held_out = registry.load("ads_instagram", "validation")
    assert all(row in whole for row in held_out[:50])
    assert len(tests) < len(whole)


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(SettingError, match="Did you mean 'nsmc'"):
        MeasuredRows.of(["nscm"])

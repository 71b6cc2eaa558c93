"""KLUE's readers on the published files, against what is published of them."""

from collections import Counter

import pytest

from madang.datasets.card import LabelledText, TextPair
from madang.datasets.own.labelled import LABELLED
from madang.datasets.registry import load
from madang.datasets.rows import Source
from madang.datasets.sets import klue
from madang.datasets.sets.kornlu import NLI_LABELS

pytestmark = pytest.mark.usefixtures("real_data")


def pairs(name: str, split: str) -> list[TextPair]:
    rows = load(name, split)
    assert all(isinstance(row, TextPair) for row in rows)
    return [row for row in rows if isinstance(row, TextPair)]


def test_the_two_parts_of_inference_are_the_published_train() -> None:
    rows = pairs("klue_nli", "train") + pairs("klue_nli", "validation")
    assert Counter(row.label for row in rows) == {0: 8_561, 1: 7_948, 2: 8_489}


def test_the_test_of_inference_has_a_thousand_of_each_label() -> None:
    rows = pairs("klue_nli", "test")
    assert Counter(row.label for row in rows) == {0: 1000, 1: 1000, 2: 1000}
    assert rows[0].first == "흡연자분들은 발코니가 있는 방이면 발코니에서 흡연이 가능합니다."
    assert NLI_LABELS[int(rows[0].label)] == "contradiction"


def test_no_premise_is_in_two_splits() -> None:
    premises = [
        {row.first for row in pairs("klue_nli", split)} for split in ("train", "validation", "test")
    ]
    assert sum(map(len, premises)) == len(set.union(*premises))
    assert 0.08 < len(premises[1]) / (len(premises[0]) + len(premises[1])) < 0.12


def test_similarity_is_scored_from_0_to_5() -> None:
    rows = pairs("klue_sts", "test")
    assert len(rows) == 519
    assert 0 <= min(row.label for row in rows) < max(row.label for row in rows) <= 5


def test_every_headline_is_in_one_split() -> None:
    source = Source(names=("klue_ynat",), form=LABELLED)
    splits = {name: source.rows(name) for name in klue.YNAT.splits}
    rows: list[LabelledText] = [row for part in splits.values() for row in part]
    assert len({row.text for row in rows}) == len(rows) == 45_654
    counts = Counter(row.label for row in rows)
    assert [counts[topic] for topic in range(7)] == [4824, 6222, 7362, 5933, 7629, 6933, 6751]
    assert 0.09 < len(splits["test"]) / len(rows) < 0.11
    assert 0.08 < len(splits["validation"]) / len(rows) < 0.1

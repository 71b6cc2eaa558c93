"""The reader of question pairs, on the published files."""

from collections import Counter

import pytest

from madang.datasets.card import TextPair
from madang.datasets.registry import load
from madang.datasets.sets import question_pair


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("split", "counts"),
    [
        ("train", {0: 4169, 1: 1967}),
        ("validation", {0: 432, 1: 250}),
        ("test", {0: 508, 1: 250}),
    ],
)
def test_every_split_has_the_published_counts(split: str, counts: dict[int, int]) -> None:
    assert Counter(row.label for row in load("question_pair", split)) == counts


@pytest.mark.usefixtures("real_data")
def test_twice_the_same_string_is_the_same_question() -> None:
    rows = [row for row in load("question_pair", "train") if isinstance(row, TextPair)]
    labels = Counter(row.label for row in rows if row.first == row.second)
    assert question_pair.CARD.labels[labels.most_common(1)[0][0]] == "same"
    assert labels == {0: 759, 1: 1}

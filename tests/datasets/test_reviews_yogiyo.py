"""Yogiyo's reader, on lines made here and on the file."""

from collections import Counter

import pytest

from madang.datasets.folder import DataFolder
from madang.datasets.sets import reviews_yogiyo
from madang.errors import DataError


def test_stars_beyond_five_are_an_error() -> None:
    with pytest.raises(DataError, match="'6' stars"):
        list(reviews_yogiyo.reviews("restaurant\treview\ttotal\n\t좋아요\t6\n"))


def test_a_review_is_in_the_split_that_its_text_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"\t평 {number}\t5\n" for number in range(1_000)) * 2
    content = "restaurant\treview\ttotal\n" + lines
    monkeypatch.setattr(DataFolder, "read_text", lambda self, file: content)
    splits = [
        Counter(row.text for row in reviews_yogiyo.read(DataFolder("reviews_yogiyo"), split))
        for split in ("train", "validation", "test")
    ]
    assert [set(counts.values()) for counts in splits] == [{2}] * 3
    assert sum(map(len, splits)) == 1_000
    assert all(60 < len(counts) < 140 for counts in splits[1:])


@pytest.mark.usefixtures("real_data")
def test_the_file_has_the_counted_stars() -> None:
    folder = DataFolder("reviews_yogiyo")
    rows = reviews_yogiyo.reviews(folder.read_text(reviews_yogiyo.CARD.files[0]))
    stars = Counter(row.label + 1 for row in rows)
    assert stars == {5: 53_534, 4: 7_700, 3: 2_658, 2: 901, 1: 1_556}

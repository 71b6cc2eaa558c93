"""The readers of hateful comments, on lines made here and on the published files."""

from collections import Counter

import pytest

from madang.datasets.card import MultiLabelText
from madang.datasets.registry import load
from madang.datasets.sets import hate_beep, hate_unsmile
from madang.errors import DataError

HEADER = "\t".join(["문장", *hate_unsmile.LABELS, "개인지칭"])


def test_a_comment_may_have_several_labels_or_none_and_its_quotes_are_its_own() -> None:
    lines = [
        HEADER,
        '대구" ㄷㄷ' + "\t1" + "\t0" * 4 + "\t1" + "\t0" * 4 + "\t1",
        "음" + "\t0" * 11,
    ]
    assert list(hate_unsmile.comments("\n".join(lines))) == [
        MultiLabelText('대구" ㄷㄷ', (0, 5)),
        MultiLabelText("음", ()),
    ]


def test_a_file_without_its_columns_is_an_error() -> None:
    with pytest.raises(DataError, match="lacks the columns 남성"):
        list(hate_unsmile.comments(HEADER.replace("남성\t", "")))
    with pytest.raises(DataError, match="lacks the columns comments; it needs comments, hate"):
        list(hate_beep.comments("text\thate\n"))


def test_a_label_that_is_none_of_the_three_is_an_error() -> None:
    with pytest.raises(DataError, match="labelled 'rude'; known are none, offensive, hate"):
        list(hate_beep.comments("comments\thate\n야\trude\n"))


@pytest.mark.usefixtures("real_data")
def test_the_files_of_beep_have_the_published_counts() -> None:
    learned = [*load("hate_beep", "train"), *load("hate_beep", "validation")]
    assert Counter(row.label for row in learned) == {0: 3_486, 1: 2_499, 2: 1_911}
    assert Counter(row.label for row in load("hate_beep", "test")) == {0: 160, 1: 189, 2: 122}


@pytest.mark.usefixtures("real_data")
def test_the_files_of_unsmile_have_the_published_counts() -> None:
    test = load("hate_unsmile", "test")
    counts = Counter(hate_unsmile.LABELS[label] for row in test for label in row.labels)
    published = (394, 334, 280, 426, 146, 260, 290, 134, 786, 935)  # the authors' README, support
    assert [counts[name] for name in hate_unsmile.LABELS] == list(published)
    assert len(load("hate_unsmile", "train")) + len(load("hate_unsmile", "validation")) == 15_005

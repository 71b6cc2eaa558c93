"""Data that is labelled otherwise is taken as a recipe says, and no more of it than it says."""

from collections import Counter
from pathlib import Path

import pytest

from madang.datasets import registry
from madang.datasets.card import DatasetCard, Document, LabelledText, MultiLabelText
from madang.datasets.mixture import Meaning, Part
from madang.datasets.own.labelled import LABELLED
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.rows import ALL, TRAIN, VALIDATION, Source
from madang.datasets.split import fold_of
from madang.errors import DataError, SettingError
from madang.validation import convert

GROUPS = ("news", "board", "made")
SETS = {
    # Two hundred texts a split; what is held out are the odd ones.
    "plain": ((), lambda n: Document(f"글 {n}", group=GROUPS[n % 3])),
    "kinds": (
        ("cursing", "politics", "origin"),
        lambda n: MultiLabelText(f"말 {n}", ((), (0,), (1,), (1, 2))[n % 4], group=GROUPS[n % 3]),
    ),
    "yes_or_no": (("fine", "bad"), lambda n: LabelledText(f"댓글 {n}", n % 2)),
}


@pytest.fixture(autouse=True)
def data_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    def reader(make):
        def read(folder, split):
            return (make(2 * n + (split == VALIDATION)) for n in range(200))

        return read

    for name, (labels, make) in SETS.items():
        card = DatasetCard(
            name=name,
            title=name,
            licence="",
            splits={TRAIN: "", VALIDATION: "", "test": ""},
            files=(),
            labels=labels,
            read=reader(make),
        )
        monkeypatch.setitem(registry.CARDS, name, card)


def source(labels: tuple[str, ...], *, form=MULTI_LABEL, **mixture) -> Source:
    return Source(
        names=tuple(mixture),
        form=form,
        wanted=labels,
        mixture={name: convert(part, Part) for name, part in mixture.items()},
    )


def test_every_text_of_data_without_labels_gets_the_one_that_is_said() -> None:
    rows = source(("ordinary", "ad"), form=LABELLED, plain={"label": "ordinary"}).rows(TRAIN)
    assert set(map(type, rows)) == {LabelledText}
    assert {row.label for row in rows} == {0}
    assert [row.text for row in rows[:2]] == ["글 0", "글 2"]
    # Several labels: none of them, but of one nothing is known.
    said = {"label": {"unknown": ["insult"]}}
    (first, *_) = source(("insult", "threat"), plain=said).rows(TRAIN)
    assert (first.labels, first.unknown, first.any_of) == ((), (0,), ())


def test_labels_of_the_data_say_what_is_known_of_the_recipes_own() -> None:
    labels = ("insult", "discrimination", "threat", "profanity")
    part = {
        "unknown": ["threat"],
        "labels": {
            "cursing": "profanity",
            "politics": {"any_of": ["insult", "discrimination"]},
            "origin": ["discrimination"],
        },
    }
    rows = source(labels, kinds=part).rows(VALIDATION)
    known = {int(row.text[2:]) % 4: (row.labels, row.unknown, row.any_of) for row in rows}
    assert known == {
        1: ((3,), (2,), ()),
        # What is met by one label is no question any more, and leaves the other open.
        3: ((1,), (0, 2), ()),
    }
    rows = source(labels, kinds=part).rows(TRAIN)
    known = {int(row.text[2:]) % 4: (row.labels, row.unknown, row.any_of) for row in rows}
    # A text without any label of the data has none of the recipe's, the unknown one included.
    assert known == {0: ((), (), ()), 2: ((), (2,), (0, 1))}


def test_a_label_of_the_same_name_needs_no_line() -> None:
    part = {"labels": {"fine": []}}
    rows = source(("bad", "worse"), yes_or_no=part).rows(TRAIN) + source(
        ("bad", "worse"), yes_or_no=part
    ).rows(VALIDATION)
    assert {(row.text[3:], row.labels) for row in rows[:1] + rows[-1:]} == {
        ("0", ()),
        ("399", (0,)),
    }


def test_a_text_that_has_no_label_of_the_recipe_is_left_out_and_counted(caplog) -> None:
    caplog.set_level("INFO")
    one = source(
        ("ordinary", "ad"), form=LABELLED, yes_or_no={"labels": {"fine": "ordinary", "bad": []}}
    )
    assert len(one.rows(TRAIN)) == 200  # the even ones are fine
    with pytest.raises(DataError, match="no rows in 'validation'"):
        one.rows(VALIDATION)
    assert "yes_or_no: 200 rows are left out, without a label that the recipe has" in caplog.text


def test_no_more_rows_are_taken_than_is_said_and_the_same_whatever_stands_beside_them() -> None:
    part = {"label": [], "most": 50, "most_of": {"made": 0, "news": 20}}
    rows = source(("insult",), plain=part).rows(TRAIN)
    assert len(rows) == 50
    assert Counter(row.group for row in rows).keys() == {"news", "board"}
    beside = source(("insult",), yes_or_no={"label": []}, plain=part).rows(TRAIN)
    assert beside[200:] == rows
    # A row that is taken with few is taken with more.
    more = source(("insult",), plain={"label": [], "most": 120}).rows(TRAIN)
    fewer = source(("insult",), plain={"label": [], "most": 60}).rows(TRAIN)
    assert set(fewer) < set(more)
    # Of what is held out it is the same share; what is measured is whole.
    part = {"label": [], "most": 50}
    assert len(source(("insult",), plain=part).rows(VALIDATION)) == 50
    assert len(source(("insult",), plain=part).rows("test")) == 200
    # Each row, as often as is said, where it is learned from.
    part = {"label": [], "most": 50, "repeats": 3}
    assert set(Counter(source(("insult",), plain=part).rows(TRAIN)).values()) == {3}
    assert len(source(("insult",), plain=part).rows(VALIDATION)) == 50


def test_the_folds_of_a_group_part_all_rows_and_no_group_is_on_both_sides() -> None:
    whole = source(("insult",), plain={"label": []}).rows(TRAIN)
    left_out = []
    for fold in (1, 2, 3):
        kept = source(("insult",), plain={"label": [], "without_fold": [fold, 3]}).rows(TRAIN)
        left_out += [row for row in whole if row not in kept]
        assert {fold_of(row.group, 3) for row in kept}.isdisjoint({fold})
    assert Counter(left_out) == Counter(whole)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"labels": {"curse": "insult"}}, "names 'curse', which kinds does not have.*'cursing'"),
        ({"labels": {"cursing": "insukt"}}, "gives the label 'insukt'.*Did you mean 'insult'"),
        ({"labels": {"cursing": "insult"}}, "gives the label 'politics'.*mixture.kinds.labels"),
        ({"label": [], "unknown": ["insult"]}, "label says what every text is"),
        ({"label": [], "most_of": {"bord": 3}}, "the group 'bord'.*Did you mean 'board'"),
        ({"label": [], "without_fold": [3, 2]}, r"fold 3 of 2. Give \[1, 2\]"),
        ({"label": [], "mots": 3}, "unknown key 'mots'. Did you mean 'most'"),
        ({"label": 3}, "label is 3; it must be"),
        ({"label": [], "most": -1}, "most is -1"),
    ],
)
def test_what_can_not_be_meant_is_refused_with_what_to_say(part, message) -> None:
    with pytest.raises(SettingError, match=message):
        source(("insult", "threat"), kinds=part).rows(TRAIN)


def test_labels_are_named_before_others_are_told_to_be_them() -> None:
    with pytest.raises(SettingError, match="Name them in the table of the task"):
        source((), plain={"label": "ordinary"}).rows(TRAIN)


def test_own_files_are_mixed_by_the_same_keys(tmp_path: Path) -> None:
    bare, named = tmp_path / "bare.csv", tmp_path / "named.csv"
    bare.write_text("text\n" + "".join(f"글 {n}\n" for n in range(30)), encoding="utf-8")
    named.write_text(
        "text,labels\n" + "".join(f"말 {n},{('욕', '비하|욕', '')[n % 3]}\n" for n in range(30)),
        encoding="utf-8",
    )
    mixed = source(
        ("insult", "profanity"),
        **{str(bare): {"label": []}, str(named): {"labels": {"욕": "profanity", "비하": "insult"}}},
    )
    assert len(mixed.rows(ALL)) == 60
    assert Counter(row.labels for row in mixed.rows(ALL, of=[str(named)])) == {
        (1,): 10,
        (0, 1): 10,
        (): 10,
    }
    assert mixed.rows(TRAIN)
    assert mixed.rows(VALIDATION)
    assert not set(mixed.rows(TRAIN)) & set(mixed.rows(VALIDATION))


def test_a_meaning_may_be_written_short() -> None:
    part = convert({"labels": {"가": "나", "다": ["라"], "마": {"any_of": ["바"]}}}, Part)
    assert part.labels == {"가": "나", "다": ("라",), "마": Meaning(any_of=("바",))}


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("text,label", ["나쁨", "좋음"]),
        ("text,labels", ["나쁨", "좋음"]),
        ("text,나쁨,좋음", ["1,0", "0,1"]),
    ],
)
def test_a_file_is_mixed_however_its_labels_are_written(tmp_path: Path, header, cells) -> None:
    path = tmp_path / "mine.csv"
    rows = [f"글 {n},{cells[n % 2]}" for n in range(20)]
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    part = {"labels": {"나쁨": "bad", "좋음": "fine"}}
    several = source(("fine", "bad"), **{str(path): part}).rows(ALL)
    assert [row.labels for row in several] == [(1,), (0,)] * 10
    if "," not in cells[0]:
        one = source(("fine", "bad"), form=LABELLED, **{str(path): part}).rows(ALL)
        assert [row.label for row in one] == [1, 0] * 10

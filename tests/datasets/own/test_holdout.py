"""What is held out of own files: one text in ten, and something of every label."""

from collections import Counter
from pathlib import Path

import pytest

from madang.datasets.own.labelled import LABELLED
from madang.datasets.own.multi_label import MULTI_LABEL
from madang.datasets.own.pair import LABELLED_PAIR
from madang.datasets.rows import ALL, Source
from madang.datasets.split import hash_share
from madang.errors import DataError, SettingError


def write(folder: Path, *rows: str, name: str = "posts.csv", header: str = "text,label") -> str:
    path = folder / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


def parts(*names: str, form=LABELLED, **further):
    source = Source(names=names, form=form, **further)
    return source.rows("train"), source.rows("validation")


def test_one_text_in_ten_is_held_out_by_its_hash_and_all_rows_are_used(tmp_path: Path) -> None:
    train, held_out = parts(write(tmp_path, *(f"글 {n},{n % 2}" for n in range(400))))
    assert {row.text for row in held_out} == {
        f"글 {n}" for n in range(400) if hash_share(f"글 {n}") < 0.1
    }
    assert len(train) + len(held_out) == 400


def test_a_rare_label_is_on_both_sides(tmp_path: Path) -> None:
    for start in range(0, 400, 9):  # whichever texts are rare
        rows = [f"글 {n},0" for n in range(291)] + [f"광고 {start + n},1" for n in range(9)]
        train, held_out = parts(write(tmp_path, *rows))
        rare = sorted((f"광고 {start + n}" for n in range(9)), key=hash_share)
        held_out_rare = [row.text for row in held_out if row.label == 1]
        assert rare[0] in held_out_rare
        assert 1 <= len(held_out_rare) < 9
        assert len(train) + len(held_out) == 300


def test_two_texts_of_a_label_are_one_on_each_side_wherever_their_hashes_lie(
    tmp_path: Path,
) -> None:
    near = [text for text in map(str, range(200)) if hash_share(text) < 0.1][:2]
    far = [text for text in map(str, range(200)) if hash_share(text) > 0.5][:2]
    for pair in (near, far):
        rows = [*(f"{text},희귀" for text in pair), *(f"글 {n},흔함" for n in range(30))]
        train, held_out = parts(write(tmp_path, *rows))
        assert [sum(row.text in pair for row in part) for part in (train, held_out)] == [1, 1]


def test_copies_of_a_text_are_on_one_side(tmp_path: Path) -> None:
    rows = [f"글 {n % 40},{n % 2}" for n in range(400)]
    train, held_out = parts(write(tmp_path, *rows))
    assert not {row.text for row in train} & {row.text for row in held_out}


def test_a_pair_and_its_mirror_image_are_on_one_side(tmp_path: Path) -> None:
    rows = [f"앞 {n},뒤 {n},{n % 2}\n뒤 {n},앞 {n},{n % 2}" for n in range(100)]
    path = write(tmp_path, *rows, header="first,second,label")
    train, held_out = parts(path, form=LABELLED_PAIR)
    sides = [{frozenset((row.first, row.second)) for row in part} for part in (train, held_out)]
    assert not sides[0] & sides[1]
    assert len(held_out) % 2 == 0


def test_each_of_several_labels_is_on_both_sides(tmp_path: Path) -> None:
    rows = [f"글 {n},{'가|나' if n % 40 == 0 else '가'}" for n in range(120)]
    train, held_out = parts(write(tmp_path, *rows, header="text,labels"), form=MULTI_LABEL)
    for part in (train, held_out):
        assert Counter(label for row in part for label in row.labels).keys() == {0, 1}


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["가,광고", "나,일반", "다,일반"], r"광고 \(1 text\)"),
        (["가,광고", "가,광고", "나,일반", "다,일반"], r"광고 \(1 text\)"),
    ],
)
def test_a_label_of_one_text_is_refused_with_what_to_do(tmp_path: Path, rows, message) -> None:
    with pytest.raises(DataError, match=f"{message}.*validation = "):
        parts(write(tmp_path, *rows))


def test_several_files_are_held_out_of_together(tmp_path: Path) -> None:
    one = write(tmp_path, "하나,긍정", "둘,긍정", name="positive.csv")
    other = write(tmp_path, "셋,부정", "넷,부정", name="negative.csv")
    train, held_out = parts(one, other)
    assert sorted(row.label for row in train) == sorted(row.label for row in held_out) == [0, 1]
    source = Source(names=(one, other), form=LABELLED)
    assert len(source.rows("validation", of=[one])) == 1


def test_a_file_can_be_held_out_as_a_whole(tmp_path: Path) -> None:
    learned = write(tmp_path, "가,광고", "나,일반", name="train.csv")
    dev = write(tmp_path, "다,일반", "라,광고", name="dev.csv")
    train, held_out = parts(learned, validation=(dev,))
    assert [row.text for row in train] == ["가", "나"]
    assert [row.text for row in held_out] == ["다", "라"]


def test_a_file_has_three_splits(tmp_path: Path) -> None:
    source = Source(names=(write(tmp_path, "가,0", "나,1", "다,0", "라,1"),), form=LABELLED)
    every = {row.text for row in source.rows(ALL)}
    sides = [{row.text for row in source.rows(split)} for split in ("train", "validation")]
    assert every == sides[0] | sides[1]
    with pytest.raises(SettingError, match="train, validation, all"):
        source.rows("test")

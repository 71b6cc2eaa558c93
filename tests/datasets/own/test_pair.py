"""Pairs of texts: with a label, with a score, or belonging together."""

from pathlib import Path

import pytest

from madang.datasets.card import TextPair
from madang.datasets.own.pair import LABELLED_PAIR, SCORED_PAIR
from madang.datasets.rows import ALL, Source
from madang.errors import DataError


def write(folder: Path, content: str) -> tuple[str]:
    path = folder / "pairs.csv"
    path.write_text(content, encoding="utf-8")
    return (str(path),)


def test_pairs_have_labels_by_name(tmp_path: Path) -> None:
    names = write(tmp_path, "first,second,label\n가,나,다름\n다,라,같음\n,라,같음\n")
    source = Source(names=names, form=LABELLED_PAIR)
    assert source.labels == ("같음", "다름")
    assert source.rows(ALL) == [TextPair("가", "나", 1), TextPair("다", "라", 0)]


def test_pairs_have_scores(tmp_path: Path) -> None:
    names = write(tmp_path, "first,second,score\n가,나,4.5\n다,라,0\n마,바,\n")
    assert Source(names=names, form=SCORED_PAIR).rows(ALL) == [
        TextPair("가", "나", 4.5),
        TextPair("다", "라", 0.0),
    ]


def test_a_score_is_a_number(tmp_path: Path) -> None:
    names = write(tmp_path, "first,second,score\n가,나,높음\n")
    with pytest.raises(DataError, match=r"line 2: the score is '높음'.*pair_classification"):
        Source(names=names, form=SCORED_PAIR).rows(ALL)

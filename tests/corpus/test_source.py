"""Texts of any kind of row and of files, never their labels, never what is measured on."""

from pathlib import Path

import pytest

from madang.corpus.source import Source, read_documents, texts_of
from madang.datasets.card import Document, Interaction, LabelledText, Question, TaggedText, TextPair
from madang.errors import DataError, SettingError


def test_every_kind_of_row_gives_its_texts() -> None:
    rows = [
        LabelledText("가", 1),
        TextPair("나", "다", 0.0),
        TaggedText("라", ()),
        Question("마", "바", 0, "마"),
        Document("사"),
    ]
    assert "".join(text for row in rows for text in texts_of(row)) == "가나다라마바사"


def test_interactions_have_no_text() -> None:
    with pytest.raises(DataError, match="no text to learn from"):
        texts_of(Interaction("가", "나"))


def test_paragraphs_of_a_file_are_documents(tmp_path: Path) -> None:
    path = tmp_path / "글.txt"
    path.write_text("첫 줄\n둘째 줄\n\n\n다음 문단\n", encoding="utf-8")
    assert list(read_documents(Source(name=str(path)))) == ["첫 줄\n둘째 줄\n", "다음 문단\n"]


def test_a_share_is_the_same_documents_whatever_the_order(tmp_path: Path) -> None:
    lines = [f"문단 {number}" for number in range(400)]
    taken = []
    for name, order in (("a.txt", lines), ("b.txt", lines[::-1])):
        path = tmp_path / name
        path.write_text("\n\n".join(order), encoding="utf-8")
        taken.append({text.strip() for text in read_documents(Source(name=str(path), share=0.3))})
    assert taken[0] == taken[1]
    assert 80 < len(taken[0]) < 160


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "b.txt"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"b\.txt"):
        list(read_documents(Source(name=str(path))))


@pytest.mark.parametrize("share", [0.0, 1.5, -1.0])
def test_a_share_outside_the_range_is_refused(share: float) -> None:
    with pytest.raises(SettingError, match="share"):
        Source(name="kowiki", share=share)


def test_what_is_measured_on_is_never_learned_from() -> None:
    with pytest.raises(SettingError, match="measuring"):
        Source(name="nsmc", split="test")

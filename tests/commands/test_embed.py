"""``madang embed`` and ``madang similar`` print JSON, or write the vectors of a CSV file."""

import csv
import json

import numpy as np
import pytest

from madang.commands.embed import embed
from madang.commands.similar import similar
from madang.errors import DataError, SettingError
from madang.serving import Embedder

TEXTS = ["산책, 고양이", '그가 "광고"라고', "", "할인\n문의", "오늘 한강에서 산책"]


@pytest.fixture
def table(tmp_path):
    """Return a CSV file with the texts in its second column."""
    path = tmp_path / "posts.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "body"], *enumerate(TEXTS)])
    return path


@pytest.fixture
def model(exported_encoder):
    return str(exported_encoder)


def test_a_text_is_answered_with_its_vector(model, capsys):
    embed("산책 \udcb1", model=model)
    answer = json.loads(capsys.readouterr().out)
    embedder = Embedder.load(model)
    np.testing.assert_allclose(answer["vector"], embedder.embed(["산책 \ufffd"])[0], atol=1e-6)
    assert (answer["model"], answer["version"]) == (model, embedder.version)


def test_a_table_gives_a_row_a_text_in_order(model, table, tmp_path, capsys):
    output = tmp_path / "vectors.npy"
    embed(model=model, input=table, column="body", output=output)
    assert np.array_equal(np.load(output), Embedder.load(model).embed(TEXTS))
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "5 rows embedded" in printed.err
    assert "nothing to judge: 1 of the rows" in printed.err


def test_a_cut_row_is_counted(model, tmp_path, capsys):
    (tmp_path / "posts.csv").write_text("text\n" + "산책 광고 " * 20_000 + "\n산책\n")
    embed(model=model, input=tmp_path / "posts.csv", output=tmp_path / "vectors.npy")
    assert "longer than the model reads: 1 of the rows" in capsys.readouterr().err


@pytest.mark.parametrize("nothing", ["", "\u3164", "👍🏽"])
def test_nothing_has_no_vector_and_no_cosine(model, nothing, capsys):
    embed(nothing, model=model)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["vector"], answer["is_judged"]) == (None, False)
    for pair in ((nothing, "산책"), ("산책", nothing), (nothing, nothing)):
        similar(*pair, model=model)
        answer = json.loads(capsys.readouterr().out)
        assert (answer["cosine"], answer["is_judged"]) == (None, False)


def test_nothing_is_near_to_a_blank_question_and_no_blank_row_to_any(model, table, capsys):
    similar(" ", model=model, input=table, column="body")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["nearest"], answer["is_judged"]) == ([], False)
    similar("한강 산책", model=model, input=table, column="body")
    printed = capsys.readouterr()
    assert len(json.loads(printed.out)["nearest"]) == len(TEXTS) - 1
    assert "nothing to judge: 1 of the rows; they are near to nothing" in printed.err


def test_two_texts_have_the_cosine_of_their_vectors(model, capsys):
    similar("산책 고양이", "고양이 광고", model=model)
    answer = json.loads(capsys.readouterr().out)
    first, second = Embedder.load(model).embed(["산책 고양이", "고양이 광고"]).astype(float)
    assert answer["cosine"] == pytest.approx(first @ second, abs=2e-6)


def test_a_search_prints_the_nearest_rows(model, table, capsys):
    similar("한강 산책", model=model, input=table, column="body", top=3)
    nearest = json.loads(capsys.readouterr().out)["nearest"]
    vectors = Embedder.load(model).embed([*TEXTS, "한강 산책"])
    cosines = vectors[:-1] @ vectors[-1]
    cosines[TEXTS.index("")] = -np.inf  # near to nothing, even where all else points away
    expected = np.argsort(-cosines)[:3]
    assert [found["row"] for found in nearest] == (expected + 1).tolist()
    assert [found["text"] for found in nearest] == [TEXTS[row] for row in expected]
    found = [found["cosine"] for found in nearest]
    np.testing.assert_allclose(found, cosines[expected], atol=2e-6)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (embed, {}),
        (embed, {"text": "a", "input": "b.csv", "output": "c.npy"}),
        (embed, {"input": "b.csv"}),
        (similar, {"text": "a"}),
        (similar, {"text": "a", "other": "b", "input": "c.csv"}),
    ],
)
def test_a_half_given_call_is_answered_with_a_whole_one(command, arguments):
    with pytest.raises(SettingError, match=r"madang (embed|similar)"):
        command(**arguments)


def test_what_can_not_be_is_refused(model, table, tmp_path):
    with pytest.raises(SettingError, match=r"end in \.npy"):
        embed(model=model, input=table, output=tmp_path / "vectors.csv")
    with pytest.raises(SettingError, match="1 or more"):
        similar("a", "b", model=model, top=0)
    with pytest.raises(DataError, match="no column 'text'"):
        similar("a", model=model, input=table)
    with pytest.raises(DataError, match="There is no file"):
        embed(model=model, input=tmp_path / "none.csv", output=tmp_path / "v.npy")
    (tmp_path / "bad.csv").write_bytes("text\n가나".encode("cp949"))
    with pytest.raises(DataError, match="not UTF-8"):
        similar("a", model=model, input=tmp_path / "bad.csv")

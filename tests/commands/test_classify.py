"""``madang classify`` prints one JSON object, or writes a CSV file and talks on standard error."""

import csv
import json

import pytest

from madang.commands.classify import classify
from madang.errors import SettingError


def test_a_text_is_answered_in_json(exported, classifier, capsys):
    text = "지금 구매하시면 할인! 프로필 링크에서 문의 주세요"
    classify(text, model=str(exported))
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    (expected,) = classifier.classify([text])
    assert answer["label"] == expected.label
    assert answer["probability"] == pytest.approx(expected.probability, abs=1e-6)
    assert [reason["text"] for reason in answer["reasons"]] == [r.text for r in expected.reasons]
    assert (answer["model"], answer["version"]) == (str(exported), classifier.version)
    assert printed.err == ""


def test_undecodable_bytes_of_an_argument_are_printed_as_replacements(exported, capsys):
    classify("광고 \udcb1\udca4 문의 구매 할인", model=str(exported))
    json.loads(capsys.readouterr().out.encode())


def test_a_table_is_labelled_as_its_texts_are(exported, classifier, tmp_path, capsys):
    texts = ["산책, 고양이", '그가 "광고"라고', "", "할인\n문의"]
    source, output = tmp_path / "posts.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["body", "label"], *([text, "x"] for text in texts)])
    classify(model=str(exported), input=source, column="body", output=output)
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = classifier.classify(texts)
    assert [row["body"] for row in rows] == texts
    assert [row["label"] for row in rows] == [answer.label or "" for answer in expected]
    for row, answer in zip(rows, expected, strict=True):
        if answer.is_judged:
            assert float(row["probability"]) == pytest.approx(answer.probability, abs=1e-6)
        assert bool(row["probability"]) == answer.is_judged
    assert [answer.is_judged for answer in expected] == [True, True, False, True]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "'label' was already there; it is kept as 'label_original'" in printed.err
    assert "4 rows labelled" in printed.err
    assert "nothing to judge: 1 of the rows" in printed.err
    assert "longer than" not in printed.err


@pytest.mark.parametrize("text", ["", " \n", "\u3164\u200b", "👍🏽"])
def test_of_nothing_no_label_is_printed(text, exported, capsys):
    classify(text, model=str(exported))
    answer = json.loads(capsys.readouterr().out)
    assert (answer["label"], answer["probability"], answer["reasons"]) == (None, None, [])
    assert answer["is_judged"] is False


def test_a_cut_row_says_so_and_is_counted(exported, tmp_path, capsys):
    source, output = tmp_path / "posts.csv", tmp_path / "out.csv"
    long = "광고 문의 " * 20_000
    source.write_text(f"text\n{long}\n산책\n{long}\n", encoding="utf-8")
    classify(model=str(exported), input=source, output=output)
    with output.open(encoding="utf-8", newline="") as file:
        assert [row["is_truncated"] for row in csv.DictReader(file)] == ["true", "false", "true"]
    assert "longer than the model reads: 2 of the rows" in capsys.readouterr().err


def test_the_shipped_advertising_model_accuses_no_greeting(capsys):
    for text in ("", "안녕하세요", "고마워요 #광고 #협찬"):
        classify(text)
        assert json.loads(capsys.readouterr().out)["label"] is None
    classify("오늘 단 하루 특가! 프로필 링크에서 구매하세요")
    assert json.loads(capsys.readouterr().out)["label"] == "ad"


@pytest.mark.parametrize(
    "options", [{}, {"text": "a", "input": "b.csv"}, {"input": "b.csv"}, {"output": "c.csv"}]
)
def test_a_half_given_call_is_answered_with_a_whole_one(options):
    with pytest.raises(SettingError, match=r"madang classify|--input and --output"):
        classify(**options)

"""``madang compare``: a label or a score for two texts, in the order in which they stand."""

import csv
import dataclasses
import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from madang.commands.cli import main
from madang.errors import CheckpointError
from madang.formats.manifest import Manifest
from madang.runtime.runner import Feed
from madang.tasks.pair.predictor import Comparer
from madang.text.tokenizer import Encoding

LABELLED = Manifest(
    family="bert", task="pair_classification", tokenizer_sha256="", labels=("same", "different")
)
SCORED = Manifest(family="bert", task="similarity", tokenizer_sha256="")


class Lengths:
    """A runner whose logits are the lengths of both texts; the tokenizer's ids are letters."""

    sha256 = "0" * 64

    def run(self, feeds: Sequence[Feed]) -> list[tuple[NDArray[np.float32]]]:
        sizes = [
            (list(each["token_type_ids"]).count(0), list(each["token_type_ids"]).count(1))
            for each in feeds
        ]
        return [(np.array(size, np.float32),) for size in sizes]


@dataclasses.dataclass
class Letters:
    """A tokenizer: one token a letter, each of which it knows."""

    ids: Sequence[int] = ()
    type_ids: Sequence[int] = ()
    unk_id = 0

    def encode(self, texts: Sequence[str], max_length: int | None = None) -> list[Encoding]:
        return [
            Encoding(ids=[1] * len(text), offsets=[(0, 1)] * len(text), special=[False] * len(text))
            for text in texts
        ]

    def token(self, number: int) -> str:
        return "가"

    def encode_pairs(
        self, pairs: Sequence[tuple[str, str]], max_length: int | None = None
    ) -> "list[Letters]":
        return [
            Letters(ids=[1] * len(a + b), type_ids=[0] * len(a) + [1] * len(b)) for a, b in pairs
        ]


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Manifest, float | None], Comparer]:
    """Return what has ``Comparer.load`` give a model of a manifest."""

    def use(manifest: Manifest, largest_score: float | None) -> Comparer:
        comparer = Comparer(runner=Lengths(), tokenizer=Letters(), manifest=manifest)  # type: ignore[arg-type]
        comparer.largest_score = largest_score
        monkeypatch.setattr(Comparer, "load", lambda *_, **__: comparer)
        return comparer

    return use


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["compare", "--model", "m", *words]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer.pop("model"), answer.pop("version")) == ("m", "0" * 12)
    assert (answer.pop("is_judged"), answer.pop("is_truncated")) == (True, False)
    return dict(answer)


def test_a_label_comes_with_the_probability_of_each(use, capsys) -> None:
    use(LABELLED, None)
    p = 1 / (1 + np.exp(-2))  # the softmax of logits that are 2 apart
    expected = {
        "label": "different",
        "probability": pytest.approx(p, abs=1e-6),
        "probabilities": {
            "same": pytest.approx(1 - p, abs=1e-6),
            "different": pytest.approx(p, abs=1e-6),
        },
    }
    assert asked(capsys, "가", "나다라") == expected
    assert asked(capsys, "나다라", "가")["label"] == "same"


def test_the_last_of_two_labels_is_given_from_the_threshold_on(use, capsys) -> None:
    use(dataclasses.replace(LABELLED, threshold=0.9), None)
    assert asked(capsys, "가", "나다라")["label"] == "same"
    assert asked(capsys, "가", "나다라마")["label"] == "different"  # 0.953


def test_a_score_comes_with_the_largest_there_is(use, capsys) -> None:
    use(SCORED, 4.0)
    expected = pytest.approx(4 / (1 + np.exp(-2)), abs=1e-6)
    assert asked(capsys, "가나", "-라") == {"score": expected, "largest_score": 4.0}


def test_many_pairs_are_answered_in_order(use) -> None:
    comparer = use(SCORED, 5.0)
    pairs = [("가" * number, "나") for number in range(1, 9)]
    found = [each.score for each in comparer.compare(pairs, batch_size=3)]
    assert found == sorted(found)
    assert found == [each.score for pair in pairs for each in comparer.compare([pair])]


PAIRS = [("가", "나다라"), ("나다라", "가"), ("-", "줄 하나\n줄 둘"), ("", "")]


@pytest.mark.parametrize("largest_score", [None, 5.0])
def test_a_table_gets_the_answer_of_each_row(use, tmp_path, capsys, largest_score) -> None:
    comparer = use(SCORED if largest_score else LABELLED, largest_score)
    source, output = tmp_path / "pairs.csv", tmp_path / "out.csv"
    with source.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("-답", "번호", "물음"), *((b, 7, a) for a, b in PAIRS)])
    words = ["--input", str(source), "--output", str(output)]
    assert main(["compare", "--model", "m", *words, "--first", "물음", "--second", "-답"]) == 0
    said = capsys.readouterr().err
    assert "4 rows compared" in said
    assert "nothing to judge: 1 of the rows" in said
    with output.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    found = comparer.compare(PAIRS)
    if largest_score:
        assert header == ["-답", "번호", "물음", "score", "is_truncated"]
        expected = [each.score for each in found[:3]]
    else:
        assert header == ["-답", "번호", "물음", "label", "probability", "is_truncated"]
        assert [row[3] for row in rows] == [each.label or "" for each in found]
        expected = [each.probability for each in found[:3]]
    assert [float(row[-2]) for row in rows[:3]] == pytest.approx(expected, abs=1e-6)
    assert rows[3][3:] == [*([""] * (len(header) - 4)), "false"]
    assert [(row[2], row[0]) for row in rows] == PAIRS


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["가"],
        ["가", "나", "--input", "a.csv", "--output", "b.csv"],
        ["--input", "a.csv"],
        ["가", "--input", "a.csv", "--output", "b.csv"],
    ],
)
def test_two_texts_or_a_file_have_to_be_given(words, capsys) -> None:
    assert main(["compare", "--model", "m", *words]) == 2
    assert "either two texts, or a file" in capsys.readouterr().err


def test_a_model_of_another_task_is_refused_by_name() -> None:
    with pytest.raises(CheckpointError, match="'pair_classification' or 'similarity'"):
        Comparer.load("ads")
    assert main(["compare", "가", "나", "--model", "ads"]) == 2

"""Figures of answers by hand, and the baseline on a context made for it."""

import dataclasses

import pytest

from madang.baselines.best_sentence import BestSentence
from madang.datasets import registry
from madang.datasets.card import Document, Question
from madang.decoding.span import Span
from madang.errors import DataError
from madang.formats.manifest import Manifest
from madang.tasks.answering.evaluation import fit_baseline, load, measure, sentence_at, trial

CONTEXT = "광복은 1945년에 왔다. 서울은 한강 옆에 있다."
MANIFEST = Manifest(family="bert", task="answering", tokenizer_sha256="")


def question(text: str, answer: str) -> Question:
    return Question(context=CONTEXT, question=text, start=CONTEXT.index(answer), answer=answer)


ROWS = [
    question("광복은 언제 왔나?", "1945년"),
    question("서울은 어디 옆에 있나?", "한강"),
    question("한강 옆에 있는 도시는?", "서울"),
    question("무엇이 왔나?", "광복"),
]


class Fixed:
    """Give the spans that were laid down, in order."""

    def __init__(self, *texts: str | None) -> None:
        self.texts = texts

    def spans(self, questions, *, num_spans=1):
        return [
            []
            if text is None
            else [Span(CONTEXT.index(text), CONTEXT.index(text) + len(text), 1.0)]
            for text in self.texts
        ]


def test_figures_are_means_over_questions_and_no_answer_counts_as_wrong() -> None:
    figures = measure(Fixed("1945년에", "한강", "한강", None), ROWS, MANIFEST)
    # 10/11 for a particle too much, 1, nothing shared, nothing given.
    assert figures["f1"].value == pytest.approx((10 / 11 + 1) / 4)
    assert figures["exact_match"].value == 0.25
    assert figures["right_sentence"].value == 0.75
    assert figures["f1"].low <= figures["f1"].value <= figures["f1"].high
    assert next(iter(figures)) == "f1"


def test_the_nearest_of_several_right_answers_counts() -> None:
    row = dataclasses.replace(ROWS[0], other_answers=("1945년에 왔다", "광복"))
    figures = measure(Fixed("1945년에 왔다"), [row], MANIFEST)
    assert figures["exact_match"].value == figures["f1"].value == 1.0
    assert measure(Fixed("1945년에"), [row], MANIFEST)["f1"].value == pytest.approx(10 / 11)
    assert trial([row], MANIFEST).score(Fixed("광복")) == 1.0


def test_the_best_sentence_is_the_one_that_is_most_like_the_question() -> None:
    baseline = BestSentence(["광복은 1945년에 왔다.", "서울은 한강 옆에 있다."])
    found = baseline.spans([(row.question, row.context) for row in ROWS[:2]], num_spans=2)
    assert [sentence_at(CONTEXT, spans[0].start) for spans in found] == [0, 1]
    assert [CONTEXT[spans[0].start : spans[0].end] for spans in found] == [
        "광복은 1945년에 왔다.",
        "서울은 한강 옆에 있다.",
    ]
    assert baseline.spans([("언제?", "  ")]) == [[]]


def test_the_baseline_learns_from_train(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(registry, "load", lambda name, split: asked.append(split) or ROWS)
    figures = measure(fit_baseline("korquad", MANIFEST), ROWS, MANIFEST)
    assert asked == ["train"]
    assert figures["right_sentence"].value >= 0.75
    assert figures["exact_match"].value == 0.0


def test_rows_that_are_no_questions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda name, split: [Document(text="가")])
    with pytest.raises(DataError, match="not Question"):
        load("kowiki", "train", MANIFEST)

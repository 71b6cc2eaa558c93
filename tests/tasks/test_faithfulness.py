"""A reason is faithful when its deletion costs more than that of another span."""

import dataclasses
import random

import numpy as np
import pytest

from madang.errors import DataError
from madang.tasks.faithfulness import faithfulness, spans_like


@dataclasses.dataclass
class Reason:
    start: int
    end: int


@dataclasses.dataclass
class Answer:
    label: str
    probabilities: dict[str, float]
    reasons: list[Reason]


class Counter:
    """Finds an advertisement as probable as the share of 광고 among its words.

    Its reason is the first 광고, or, where it lies, the first other word.
    """

    def __init__(self, *, lies=False):
        self.lies = lies

    def classify(self, texts):
        return [self._answer(text) for text in texts]

    labels = ("ordinary", "ad")

    def probabilities(self, texts):
        shares = np.array([self._answer(text).probabilities["ad"] for text in texts])
        return np.stack([1 - shares, shares], axis=1)

    def _answer(self, text):
        words = text.split()
        share = words.count("광고") / max(1, len(words))
        told = [word for word in words if (word == "광고") != self.lies]
        start = text.index(told[0]) if told else 0
        reasons = [Reason(start, start + len(told[0]))] if told else []
        return Answer("ad", {"ad": share, "ordinary": 1 - share}, reasons)


@pytest.fixture
def texts():
    chooser = random.Random(1)
    return [" ".join(chooser.choices(["광고", "산책", "문의"], k=6)) for _ in range(100)]


def test_a_true_reason_costs_more_than_chance(texts):
    found = faithfulness(Counter(), texts)
    assert found["drop_difference"].low > 0
    # Without one of n words that say "ad", of m: n/m - (n-1)/(m-1), by hand.
    costs = [
        (n := text.split().count("광고")) / 6 - (n - 1) / 5 for text in texts if "광고" in text
    ]
    assert found["drop_without_reason"].value == pytest.approx(sum(costs) / len(costs))


def test_a_false_reason_costs_less_than_chance(texts):
    assert faithfulness(Counter(lies=True), texts)["drop_difference"].high < 0


def test_the_same_seed_gives_the_same_figures(texts):
    assert faithfulness(Counter(), texts, seed=3) == faithfulness(Counter(), texts, seed=3)


def test_random_spans_are_whole_words_of_about_the_same_length():
    text = "하나 둘 #셋#넷 다섯여섯일곱"
    for start, end in spans_like(text, (0, 4)):
        assert text[start:end] in {"하나 둘", "둘 #셋", "#셋#넷", "#넷", "다섯여섯일곱"}


def test_texts_without_reasons_are_refused():
    with pytest.raises(DataError, match="None of the 1 texts"):
        faithfulness(Counter(), ["산책"])

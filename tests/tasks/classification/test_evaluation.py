"""The report of a classifier, against figures counted by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from madang.datasets.card import LabelledText
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure
from madang.tasks.classification.evaluation import measure


class Fixed:
    """Answers each text with the probabilities it was given for it."""

    def __init__(self, answers: dict[str, tuple[float, ...]]) -> None:
        self.answers = answers

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self.answers[text] for text in texts])


def evaluated(
    scorer: Fixed, rows: Sequence[LabelledText], *, threshold: float = 0.5
) -> dict[str, Figure]:
    manifest = Manifest(
        family="bert", task="classification", tokenizer_sha256="", threshold=threshold
    )
    return measure(scorer, rows, manifest)  # type: ignore[arg-type]


ROWS = [LabelledText(text=str(number), label=int(number >= 6)) for number in range(10)]
# Six honest posts, one of them taken for advertising; four advertisements, one missed.
PROBABILITIES = [0.1, 0.2, 0.1, 0.3, 0.2, 0.7, 0.9, 0.8, 0.4, 0.95]
SCORER = Fixed({row.text: (1 - p, p) for row, p in zip(ROWS, PROBABILITIES, strict=True)})


def test_figures_of_two_classes_equal_those_counted_by_hand() -> None:
    figures = evaluated(SCORER, ROWS)
    assert figures["accuracy"].value == pytest.approx(0.8)
    assert figures["false_positives_per_1000[0.50]"].value == pytest.approx(1000 / 6)
    pairs = [(p, q) for p in PROBABILITIES[6:] for q in PROBABILITIES[:6]]
    assert figures["roc_auc"].value == pytest.approx(sum(p > q for p, q in pairs) / len(pairs))
    assert figures["macro_f1"].value == pytest.approx((2 * 5 / 12 + 2 * 3 / 8) / 2)


def test_a_higher_threshold_spares_the_honest() -> None:
    figures = evaluated(SCORER, ROWS, threshold=0.75)
    assert figures["false_positives_per_1000[0.75]"].value == 0
    assert figures["accuracy[0.75]"].value == pytest.approx(0.9)
    assert figures["accuracy"].value == pytest.approx(0.8)


def test_the_interval_holds_the_value_and_narrows_with_more_texts() -> None:
    few = evaluated(SCORER, ROWS)["accuracy"]
    many = evaluated(SCORER, ROWS * 40)["accuracy"]
    assert few.low <= few.value <= few.high
    assert many.high - many.low < few.high - few.low


def test_more_classes_are_judged_by_the_largest() -> None:
    scorer = Fixed({"a": (0.2, 0.5, 0.3), "b": (0.6, 0.3, 0.1)})
    rows = [LabelledText(text="a", label=1), LabelledText(text="b", label=2)] * 5
    figures = evaluated(scorer, rows)
    assert figures["accuracy"].value == pytest.approx(0.5)
    assert set(figures) == {"accuracy", "macro_f1"}


def test_a_figure_prints_with_its_interval() -> None:
    assert str(Figure(value=0.75, low=0.7, high=0.8)) == "0.7500 [0.7000, 0.8000]"

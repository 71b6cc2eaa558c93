"""The report of several labels a text, against figures counted by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from madang.datasets import registry
from madang.datasets.card import LabelledText, MultiLabelText
from madang.errors import DataError, SettingError
from madang.formats.manifest import Manifest
from madang.tasks.multi_label import evaluation as multi_label

LABELS = registry.find_card("hate_unsmile").labels


class Fixed:
    def __init__(self, rows: Sequence[Sequence[float]]) -> None:
        self.rows = rows

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([self.rows[index % len(self.rows)] for index in range(len(texts))])


def manifest(labels: Sequence[str] = LABELS, threshold: float = 0.5) -> Manifest:
    return Manifest(
        family="bert",
        task="multi_label",
        tokenizer_sha256="",
        labels=tuple(labels),
        threshold=threshold,
    )


def test_figures_equal_those_counted_by_hand() -> None:
    rows = [MultiLabelText("하나", (0, 1)), MultiLabelText("둘", (2,))] * 20
    scorer = Fixed([[0.9, 0.2, 0.4], [0.6, 0.1, 0.8]])
    figures = multi_label.measure(scorer, rows, manifest("가나다"))
    # The first: rank 1 of 1 and rank 3 of which 2 are true; the second: rank 1.
    assert figures["label_ranking_precision"].value == pytest.approx(((1 + 2 / 3) / 2 + 1) / 2)
    # From 0.5 on: (가), then (가, 다). 가 1 hit of 2 given and 1 true, 나 missed, 다 found.
    assert figures["macro_f1"].value == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert figures["micro_f1"].value == pytest.approx(2 * 2 / (3 + 3))
    assert figures["f1[가]"].value == pytest.approx(2 / 3)


def test_a_label_is_given_from_the_threshold_on() -> None:
    rows = [MultiLabelText("하나", (0,)), MultiLabelText("둘", ())] * 10
    scorer = Fixed([[0.3], [0.1]])
    assert multi_label.measure(scorer, rows, manifest("가", 0.2))["micro_f1"].value == 1.0


def test_the_baseline_has_a_model_a_label(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [MultiLabelText("글", tuple(range(number))) for number in range(11)]
    monkeypatch.setattr(registry, "load", lambda name, split: rows)
    # All texts are the same: each label is as probable as it was among them.
    baseline = multi_label.fit_baseline("hate_unsmile", manifest())
    found = baseline.probabilities(["글"])[0]
    assert found == pytest.approx([(10 - label) / 11 for label in range(10)], abs=1e-3)


def test_other_labels_and_rows_of_another_kind_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda name, split: [LabelledText("글", 0)])
    with pytest.raises(DataError, match="not MultiLabelText"):
        multi_label.load("hate_unsmile", "test", manifest())
    monkeypatch.setattr(registry, "load", lambda name, split: [MultiLabelText("글", ())])
    with pytest.raises(SettingError, match="with the model's labels"):
        multi_label.load("hate_unsmile", "test", manifest("가나"))

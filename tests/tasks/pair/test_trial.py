"""What int8 of a model for pairs is tried by: its labels, or the order of its scores."""

import numpy as np
import pytest
from numpy.typing import NDArray

from madang.datasets import registry
from madang.datasets.card import TextPair
from madang.errors import DataError, SettingError
from madang.export.quantization import load_trial
from madang.formats.manifest import Manifest
from madang.tasks.pair.evaluation import trial

PAIRS = [TextPair("가방", "가방 문의", 1), TextPair("선물", "날씨", 0), TextPair("커피", "산책", 1)]
SCORED = Manifest(family="bert", task="similarity", tokenizer_sha256="")
LABELLED = Manifest(
    family="bert", task="pair_classification", tokenizer_sha256="", labels=("same", "different")
)


class Lengths:
    """Score a pair by its length; call a long one 1."""

    labels = ("short", "long")

    def scores(self, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
        return np.array([len(first + second) / 10 for first, second in pairs])

    def probabilities(self, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
        return np.stack([1 - self.scores(pairs), self.scores(pairs)], axis=1)


def test_labels_are_counted_and_scores_are_ranked() -> None:
    model = Lengths()
    assert trial(PAIRS, LABELLED).score(model) == pytest.approx(2 / 3)
    # Ranks 3, 1.5, 1.5 against 2.5, 1, 2.5: the linear correlation of these is 1/2.
    assert trial(PAIRS, SCORED).score(model) == pytest.approx(0.5)
    assert np.shape(trial(PAIRS, LABELLED).ask(model, 0)) == (1, 2)


def test_the_figure_is_that_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "load", lambda name, split: PAIRS)
    assert load_trial("korsts", "validation", SCORED).figure == "spearman"
    assert load_trial("question_pair", "validation", LABELLED).figure == "accuracy"
    with pytest.raises(SettingError, match="with the model's labels"):
        load_trial("klue_nli", "validation", LABELLED)
    monkeypatch.setattr(registry, "load", lambda name, split: [])
    with pytest.raises(DataError, match="korsts has no rows"):
        load_trial("korsts", "validation", SCORED)

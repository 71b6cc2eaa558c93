"""Models for pairs, and what n-grams say of them, by the same protocol."""

import os

import numpy as np
import pytest
from numpy.typing import NDArray

from madang.baselines.pair import NgramCosine, NgramPairs
from madang.datasets.card import TextPair
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.tasks.pair.evaluation import fit_baseline, load, measure

LABELLED = Manifest(
    family="bert", task="pair_classification", tokenizer_sha256="", labels=("same", "different")
)
SCORED = Manifest(family="bert", task="similarity", tokenizer_sha256="")


class Fixed:
    """Say what it was told to say."""

    def __init__(self, answers: list[float]) -> None:
        self.answers = np.array(answers)

    def probabilities(self, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
        return np.stack([1 - self.answers, self.answers], axis=1)

    def scores(self, pairs: list[tuple[str, str]]) -> NDArray[np.float64]:
        return self.answers


def test_labels_are_measured_by_what_is_likelier() -> None:
    rows = [TextPair("가", "나", label) for label in (0, 1, 1, 0)]
    figures = measure(Fixed([0.1, 0.8, 0.4, 0.3]), rows, LABELLED)
    assert next(iter(figures)) == "accuracy"
    assert figures["accuracy"].value == 0.75
    assert figures["roc_auc"].value == 1.0
    # A bin of its own for each: the distances are 0.1, 0.2, 0.6 and 0.3.
    assert figures["calibration_error"].value == pytest.approx(0.3)


def test_scores_are_measured_by_their_order_first() -> None:
    rows = [TextPair("가", "나", label) for label in (0.0, 1.0, 2.5, 5.0)]
    figures = measure(Fixed([1.0, 2.0, 3.0, 100.0]), rows, SCORED)
    assert list(figures) == ["spearman", "pearson"]
    assert figures["spearman"].value == pytest.approx(1.0)
    assert figures["pearson"].value < 0.95


def test_the_cosine_of_ngrams_is_one_of_the_same_text_and_zero_of_others() -> None:
    model = NgramCosine().fit([("오늘 날씨", "내일 산책"), ("가방 문의", "가방 추천")])
    scores = model.scores(
        [("가방 문의", "가방 문의"), ("가방 문의", "가방 추천"), ("가방", "산책")]
    )
    assert scores[0] == pytest.approx(1.0)
    assert 0.1 < scores[1] < 0.9
    assert scores[2] == pytest.approx(0.0, abs=0.2)  # the space around a word is theirs both
    assert scores[2] < scores[1]


@pytest.mark.parametrize("told", ["the second text", "both texts"])
def test_a_linear_model_learns_what_either_description_tells(told: str) -> None:
    rng = np.random.default_rng(0)
    words = ["마당", "사람", "시장", "가방", "친구", "선물", "날씨", "커피"]

    def make(count: int) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
        pairs, labels = [], []
        for _ in range(count):
            first, second = rng.choice(words, 2, replace=False)
            label = int(rng.integers(2))
            if told == "both texts":
                pairs.append((f"{first} 오늘", f"오늘 {first if label else second}"))
            else:
                pairs.append((f"{first} 오늘", f"{second} {'않다' if label else '좋다'}"))
            labels.append(label)
        return pairs, np.array(labels)

    model = NgramPairs().fit(*make(150), *make(50))
    pairs, labels = make(80)
    assert (model.probabilities(pairs).argmax(axis=1) == labels).mean() > 0.95


def test_data_with_other_labels_is_refused() -> None:
    with pytest.raises(SettingError, match="labelled entailment, neutral, contradiction"):
        load("klue_nli", "test", LABELLED)
    with pytest.raises(SettingError, match="no split 'train'"):
        fit_baseline("klue_sts", SCORED)


@pytest.mark.skipif(not os.environ.get("MADANG_DATA"), reason="MADANG_DATA is not set")
def test_of_real_pairs_the_cosine_knows_something() -> None:
    baseline = fit_baseline("korsts", SCORED)
    rows = load("korsts", "test", SCORED)
    assert 0.6 < measure(baseline, rows, SCORED)["spearman"].value < 0.75

"""No teacher judges a text that it has seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from madang.baselines.ngram import NgramClassifier
from madang.baselines.teacher import MeanTeacher, out_of_fold_probabilities
from madang.baselines.vector import VectorClassifier


class Parrot:
    """Knows by heart what it was shown, and nothing else."""

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "Parrot":
        self.known = set(texts)
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array([[float(text in self.known), 1.0] for text in texts])


def test_no_teacher_judges_a_text_that_it_has_seen() -> None:
    texts = [f"글 {number}" for number in range(20)]
    labels = np.array([0, 1] * 10)
    answers = out_of_fold_probabilities(Parrot, texts, labels, num_folds=4, seed=0)
    assert (answers[:, 0] == 0).all()
    assert (answers[:, 1] == 1).all()


def test_the_linear_baseline_learns_what_words_tell() -> None:
    texts = [f"할인 이벤트 {n} 문의" for n in range(20)] + [
        f"오늘 산책 {n} 날씨" for n in range(20)
    ]
    labels = np.array([1] * 20 + [0] * 20)
    baseline = NgramClassifier(min_count=1).fit(texts, labels)
    probabilities = baseline.probabilities(["이벤트 할인 중", "산책 날씨 좋다"])
    assert np.allclose(probabilities.sum(1), 1)
    assert probabilities[0, 1] > 0.5 > probabilities[1, 1]


def test_two_teachers_say_the_mean_of_what_each_says() -> None:
    class Says:
        def __init__(self, probability: float) -> None:
            self.probability = probability

        def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "Says":
            self.fitted_to = list(texts)
            return self

        def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
            return np.array([[1 - self.probability, self.probability]] * len(texts))

    first, second = Says(0.2), Says(0.8)
    both = MeanTeacher(first, second).fit(["글"], np.array([0]))
    assert first.fitted_to == second.fitted_to == ["글"]
    np.testing.assert_allclose(both.probabilities(["말", "글"]), [[0.5, 0.5]] * 2)


def test_vectors_tell_apart_what_lies_on_two_sides() -> None:
    places = {"a": [1.0, 0.2], "b": [0.9, -0.1], "c": [-1.0, 0.1], "d": [-0.8, -0.3]}

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([places[text] for text in texts], np.float32)

    taught = VectorClassifier(embed, strength=100.0).fit(list("abcd"), np.array([1, 1, 0, 0]))
    probabilities = taught.probabilities(["a", "c"])
    assert np.allclose(probabilities.sum(1), 1)
    assert probabilities[0, 1] > 0.9
    assert probabilities[1, 1] < 0.1

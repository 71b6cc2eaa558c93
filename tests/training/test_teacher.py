"""No teacher judges a text that it has seen."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from madang.models.ngram import NgramClassifier
from madang.training.teacher import out_of_fold_probabilities


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

"""The linear baseline: TF-IDF of character n-grams and logistic regression.

What a transformer has to beat, and the teacher whose doubt softens noisy labels. The arithmetic is
scikit-learn's.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError


def ngram_vectorizer(shortest: int, longest: int, **further: Any) -> Any:
    """Return what turns texts into TF-IDF vectors of the character n-grams within their words."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(shortest, longest), sublinear_tf=True, **further
    )


def pair_cosines(vectorizer: Any, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """Return the cosine of the vectors of each pair of texts, (N,)."""
    first, second = (vectorizer.transform(side) for side in zip(*pairs, strict=True))
    return np.asarray(first.multiply(second).sum(axis=1), np.float64).ravel()


class NgramClassifier:
    """Classify texts by the character n-grams within their words; of several labels each by itself.

    ``shortest`` and ``longest`` bound n; ``strength`` is the inverse of the L2 penalty. N-grams in
    fewer than ``min_count`` texts are left out.
    """

    def __init__(
        self,
        *,
        shortest: int = 2,
        longest: int = 4,
        strength: float = 3.0,
        min_count: int = 3,
        max_features: int = 250_000,
    ) -> None:
        from sklearn.linear_model import LogisticRegression

        self._vectorizer = ngram_vectorizer(
            shortest, longest, min_df=min_count, max_features=max_features, dtype=np.float32
        )
        self._regression = LogisticRegression(C=strength, max_iter=200)

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "NgramClassifier":
        """Learn from texts and their classes (N), or 1 for each label that one has (N, C).

        Returns self. Raises ``DataError`` for texts that have no n-grams in common.
        """
        from sklearn.multiclass import OneVsRestClassifier

        if labels.ndim == 2:
            self._regression = OneVsRestClassifier(self._regression)
        try:
            features = self._vectorizer.fit_transform(texts)
        except ValueError as error:  # no n-gram stands in enough of the texts
            raise DataError(
                f"The linear model on n-grams finds none that {len(texts)} texts have in common. "
                f"Give more texts, or measure and learn without it."
            ) from error
        self._regression.fit(features, labels)
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class or label, (N, C)."""
        features = self._vectorizer.transform(texts)
        return np.asarray(self._regression.predict_proba(features), np.float64)

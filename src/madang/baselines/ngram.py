"""The linear baseline: TF-IDF of character n-grams and logistic regression.

What a transformer has to beat, and the teacher whose doubt softens noisy labels. The arithmetic is
scikit-learn's.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.errors import DataError

# In place of 1 or 0, where it is not known whether a text has a label.
UNKNOWN = -1


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
        self._vectorizer = ngram_vectorizer(
            shortest, longest, min_df=min_count, max_features=max_features, dtype=np.float32
        )
        self._strength = strength
        self._is_single = True
        self._regressions: list[Any] = []

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "NgramClassifier":
        """Learn from texts and their classes (N), or 1 for each label that one has (N, C).

        A label that is ``UNKNOWN`` of a text is not learned from it. Returns self. Raises
        ``DataError`` for texts that have no n-grams in common.
        """
        from sklearn.dummy import DummyClassifier
        from sklearn.linear_model import LogisticRegression

        try:
            features = self._vectorizer.fit_transform(texts)
        except ValueError as error:  # no n-gram stands in enough of the texts
            raise DataError(
                f"The linear model on n-grams finds none that {len(texts)} texts have in common. "
                f"Give more texts, or measure and learn without it."
            ) from error
        columns = labels[:, None] if labels.ndim == 1 else labels
        for column in columns.T:
            known = np.flatnonzero(column != UNKNOWN)
            is_constant = len(set(column[known].tolist())) == 1
            model = (
                DummyClassifier(strategy="constant", constant=column[known][0])
                if is_constant
                else LogisticRegression(C=self._strength, max_iter=200)
            )
            self._regressions.append(model.fit(features[known], column[known]))
        self._is_single = labels.ndim == 1
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class or label, (N, C)."""
        features = self._vectorizer.transform(texts)
        found = [each.predict_proba(features) for each in self._regressions]
        if self._is_single:
            return np.asarray(found[0], np.float64)
        yes = [
            each[:, -1] if model.classes_[-1] == 1 else np.zeros(len(each))
            for model, each in zip(self._regressions, found, strict=True)
        ]
        return np.stack(yes, axis=1).astype(np.float64)

"""The linear baseline: TF-IDF of character n-grams and logistic regression.

What a transformer has to beat, and the teacher whose doubt softens noisy labels. The arithmetic is
scikit-learn's.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class NgramClassifier:
    """Classify texts by the character n-grams within their words.

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
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression

        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(shortest, longest),
            min_df=min_count,
            max_features=max_features,
            sublinear_tf=True,
            dtype=np.float32,
        )
        self._regression = LogisticRegression(C=strength, max_iter=200)

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "NgramClassifier":
        """Learn from texts and their classes; return self."""
        self._regression.fit(self._vectorizer.fit_transform(texts), labels)
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class, (N, C)."""
        features = self._vectorizer.transform(texts)
        return np.asarray(self._regression.predict_proba(features), np.float64)


class OneVersusRest:
    """A linear model for each label of which a text may have several, each asked by itself."""

    def fit(self, texts: Sequence[str], truth_NC: NDArray[np.int64]) -> "OneVersusRest":
        """Learn from texts and the labels that each has, 1 in their column; return self."""
        self._models = [NgramClassifier().fit(texts, column) for column in truth_NC.T]
        return self

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each label, (N, C); they need not add up to one."""
        return np.stack([model.probabilities(texts)[:, 1] for model in self._models], axis=1)

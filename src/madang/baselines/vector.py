"""A linear model on the vectors of texts: what an encoder that is left as it is can tell apart.

Beside n-grams it is the other teacher. The labels move a few hundred numbers and no feature, so it
fits its own domain less than a fine-tuned network and may carry over to others better (Kumar 2022,
sections 3 and 4). The arithmetic is scikit-learn's.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


class VectorClassifier:
    """Classify texts by logistic regression on the vectors (N, D) that ``embed`` gives them.

    ``strength`` is the inverse of the L2 penalty.
    """

    def __init__(self, embed: Embed, *, strength: float = 1.0) -> None:
        from sklearn.linear_model import LogisticRegression

        self._embed = embed
        self._regression = LogisticRegression(C=strength, max_iter=1000)

    def fit(self, texts: Sequence[str], labels: NDArray[np.int64]) -> "VectorClassifier":
        """Learn from texts and their classes; return self."""
        self._regression.fit(self._embed(texts), labels)
        return self

    @property
    def weight_D(self) -> NDArray[np.float64]:  # noqa: N802
        """The weights (D) by which vectors tell the second of two classes from the first."""
        return np.asarray(self._regression.coef_[0], np.float64)

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the probability of each class, (N, C)."""
        return np.asarray(self._regression.predict_proba(self._embed(texts)), np.float64)

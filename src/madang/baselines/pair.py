"""What character n-grams say of two texts: what a network that reads has to beat.

The arithmetic is scikit-learn's. Texts are TF-IDF vectors a and b of the n-grams within words.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from madang.baselines.ngram import ngram_vectorizer, pair_cosines
from madang.text.word import bigrams

Pair = tuple[str, str]


class NgramCosine:
    """The cosine of a and b: likeness without having learned any."""

    def __init__(self, *, shortest: int = 1, longest: int = 2) -> None:
        self._vectorizer = ngram_vectorizer(shortest, longest)

    def fit(self, pairs: Sequence[Pair]) -> "NgramCosine":
        """Learn from the texts which n-grams are rare; return self."""
        self._vectorizer.fit([text for pair in pairs for text in pair])
        return self

    def scores(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Return the cosine of each pair, (N,)."""
        return pair_cosines(self._vectorizer, pairs)


class NgramPairs:
    """Logistic regression on what two texts share, the better of two ways to say it.

    One sees |a - b| and a · b, coordinate by coordinate; the other the cosine, how much of each
    text's words and n-grams stand in the other, the lengths, and the n-grams of the second text.
    Which is better is decided on held-out pairs, and so is the penalty.
    """

    strengths = (0.1, 1.0, 10.0)

    def __init__(self, *, shortest: int = 1, longest: int = 3, min_count: int = 2) -> None:
        self._vectorizer = ngram_vectorizer(shortest, longest, min_df=min_count, dtype=np.float32)

    def fit(
        self,
        pairs: Sequence[Pair],
        labels: NDArray[np.int64],
        held_out: Sequence[Pair],
        held_out_labels: NDArray[np.int64],
    ) -> "NgramPairs":
        """Learn from pairs and their labels; return self."""
        from sklearn.linear_model import LogisticRegression

        self._vectorizer.fit([text for pair in pairs for text in pair])
        best = -1.0
        for describe in (self._coordinates, self._overlaps):
            features, held_out_features = describe(pairs), describe(held_out)
            for strength in self.strengths:
                regression = LogisticRegression(C=strength, max_iter=300)
                regression.fit(features, labels)
                value = regression.score(held_out_features, held_out_labels)
                if value > best:
                    best, self._describe, self._regression = value, describe, regression
        return self

    def probabilities(self, pairs: Sequence[Pair]) -> NDArray[np.float64]:
        """Return the probability of each label, (N, C)."""
        return np.asarray(self._regression.predict_proba(self._describe(pairs)), np.float64)

    def _coordinates(self, pairs: Sequence[Pair]) -> "scipy.sparse.csr_matrix":  # type: ignore[name-defined]  # noqa: F821
        import scipy.sparse

        first, second = (self._vectorizer.transform(side) for side in zip(*pairs, strict=True))
        return scipy.sparse.hstack([abs(first - second), first.multiply(second)]).tocsr()

    def _overlaps(self, pairs: Sequence[Pair]) -> "scipy.sparse.csr_matrix":  # type: ignore[name-defined]  # noqa: F821
        import scipy.sparse

        first, second = (self._vectorizer.transform(side) for side in zip(*pairs, strict=True))
        cosine_N1 = np.asarray(first.multiply(second).sum(axis=1)).reshape(-1, 1)
        told = np.hstack([cosine_N1, np.array([overlaps(*pair) for pair in pairs])])
        return scipy.sparse.hstack([scipy.sparse.csr_matrix(told), second]).tocsr()


def overlaps(first: str, second: str) -> list[float]:
    """Return how much of each text stands in the other, of their words and their letters' pairs.

    Four shares, then the lengths (in hundreds of characters) and whether the texts are the same.

    >>> overlaps("가방 문의", "가방 추천 문의")
    [1.0, 0.6666666666666666, 1.0, 0.6666666666666666, 0.05, 0.08, 0.0]
    """
    shares = []
    for parts in (words, word_bigrams):
        left, right = parts(first), parts(second)
        shared = len(left & right)
        shares += [shared / max(1, len(left)), shared / max(1, len(right))]
    return [*shares, len(first) / 100, len(second) / 100, float(first == second)]


def words(text: str) -> set[str]:
    """Return the words of a text."""
    return set(text.split())


def word_bigrams(text: str) -> set[str]:
    """Return the pairs of neighbouring characters within the words of a text."""
    return {pair for word in text.split() for pair in bigrams(word)}

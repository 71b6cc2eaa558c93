"""Search by the letters that texts share: what sentence vectors have to beat.

The counting is scikit-learn's. Texts are counts of the character n-grams within their words, for a
Korean word is seldom written twice with the same particle.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from madang.baselines.ngram import ngram_vectorizer, pair_cosines

FloatArray = NDArray[np.float64]

# Robertson and Zaragoza 2009, section 3.2: how soon repetition stops to count, and how much length.
SATURATION, LENGTH_SHARE = 1.2, 0.75


class LexicalMatcher:
    """Score texts by shared n-grams of ``shortest`` to ``longest`` characters.

    ``weighting`` is the cosine of TF-IDF vectors, or BM25. What is rare is counted in the texts
    that are searched.
    """

    def __init__(
        self, weighting: Literal["tf-idf", "bm25"], *, shortest: int = 1, longest: int = 3
    ) -> None:
        self.weighting = weighting
        self._ngrams = (shortest, longest)

    def scores(self, pairs: Sequence[tuple[str, str]]) -> FloatArray:
        """Return how alike the two texts of each pair are, (N,): the cosine of their TF-IDF."""
        vectorizer = ngram_vectorizer(*self._ngrams).fit([text for pair in pairs for text in pair])
        return pair_cosines(vectorizer, pairs)

    def search(self, queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        """Return the score of each text for each query, (Q, N)."""
        if self.weighting == "bm25":
            return self._bm25(queries, texts)
        vectorizer = ngram_vectorizer(*self._ngrams).fit(texts)
        found = vectorizer.transform(queries) @ vectorizer.transform(texts).T
        return np.asarray(found.toarray(), np.float64)

    def _bm25(self, queries: Sequence[str], texts: Sequence[str]) -> FloatArray:
        """Return BM25, each n-gram of a query as often as it stands there (equation 3.15)."""
        from sklearn.feature_extraction.text import CountVectorizer

        vectorizer = CountVectorizer(analyzer="char_wb", ngram_range=self._ngrams)
        counts = vectorizer.fit_transform(texts).astype(np.float64).tocoo()
        length_N = np.bincount(counts.row, counts.data, minlength=len(texts))
        num_texts_V = np.bincount(counts.col, minlength=counts.shape[1])
        idf_V = np.log(1 + (len(texts) - num_texts_V + 0.5) / (num_texts_V + 0.5))
        relative_N = 1 - LENGTH_SHARE + LENGTH_SHARE * length_N / length_N.mean()
        saturated = counts.data + SATURATION * relative_N[counts.row]
        counts.data = idf_V[counts.col] * counts.data * (SATURATION + 1) / saturated
        found = vectorizer.transform(queries).astype(np.float64) @ counts.tocsr().T
        return np.asarray(found.toarray(), np.float64)

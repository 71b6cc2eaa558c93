"""Vectors of tokens by counting which stand together: what embeddings may begin as.

A network with a million texts learns from scratch what tokens mean; one with thirty thousand had
better be told. The truncated singular vectors of the positive pointwise mutual information are
what skip-gram would converge to, in a minute of arithmetic: Levy and Goldberg 2014, section 4;
contexts are smoothed with the power 0.75: Levy 2015, section 3.2.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CONTEXT_POWER = 0.75


def cooccurrence_vectors(
    rows: Sequence[Sequence[int]],
    *,
    vocab_size: int,
    hidden_size: int,
    window: int,
    special_ids: Sequence[int],
    std: float,
    seed: int,
) -> NDArray[np.float32]:
    """Return vectors (V, D) whose entries have standard deviation ``std``.

    ``rows`` are token ids; a pair at distance d ≤ ``window`` counts 1/d. Special tokens and those
    that never occur get zero.
    """
    from sklearn.utils.extmath import randomized_svd

    information = mutual_information(
        rows, vocab_size=vocab_size, window=window, special_ids=special_ids
    )
    rank = min(hidden_size, vocab_size - 1)
    left, strengths, _ = randomized_svd(information, rank, n_iter=3, random_state=seed)
    vectors = np.zeros((vocab_size, hidden_size), np.float32)
    vectors[:, :rank] = left * np.sqrt(strengths)
    # The decomposition is an approximate one and leaves noise where there is nothing.
    vectors[np.diff(information.indptr) == 0] = 0.0
    scale = vectors.std()
    return vectors * (std / scale) if scale > 0 else vectors


def mutual_information(
    rows: Sequence[Sequence[int]], *, vocab_size: int, window: int, special_ids: Sequence[int]
) -> "scipy.sparse.csr_matrix":  # type: ignore[name-defined]  # noqa: F821
    """Return the positive pointwise mutual information of all pairs of tokens, (V, V), sparse."""
    import scipy.sparse

    # A gap as wide as the window keeps the end of one text from the beginning of the next.
    gap = np.full(window, -1)
    ids = np.concatenate([part for row in rows for part in (np.asarray(row, np.int64), gap)])
    ids[np.isin(ids, special_ids)] = -1
    counts = scipy.sparse.csr_matrix((vocab_size, vocab_size), dtype=np.float32)
    for distance in range(1, window + 1):
        first, second = ids[:-distance], ids[distance:]
        is_pair = (first >= 0) & (second >= 0)
        weights = np.full(int(is_pair.sum()), 1.0 / distance, np.float32)
        pairs = (first[is_pair], second[is_pair])
        counts = counts + scipy.sparse.csr_matrix((weights, pairs), shape=counts.shape)
    counts = (counts + counts.T).tocoo()
    token_counts = np.asarray(counts.sum(axis=1)).ravel()
    context_counts = token_counts**CONTEXT_POWER
    expected = token_counts[counts.row] * context_counts[counts.col] / context_counts.sum()
    values = np.log(counts.data / expected)
    is_positive = values > 0
    places = (counts.row[is_positive], counts.col[is_positive])
    return scipy.sparse.csr_matrix((values[is_positive], places), shape=counts.shape)

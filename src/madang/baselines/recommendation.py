"""What a recommender of sequences has to beat: popularity, Markov, item-kNN and matrix factors.

The Markov chain knows of a history its last item alone; item-kNN and matrix factors see it as a
set, in which order counts for nothing or little. The sparse products are scipy's. Each learns from
training histories and then scores any history, so that the person of a history need not have been
there.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions

FloatArray = NDArray[np.float32]
Histories = Sequence[NDArray[np.int32]]


class Popularity:
    """Everybody gets what most interactions are with."""

    def __init__(self, train: Interactions) -> None:
        self._count_I = train.counts().astype(np.float32)

    def __str__(self) -> str:
        return "no settings"

    def score(self, histories: Histories) -> FloatArray:
        """Return how often each item was met, the same for each history, (B, I)."""
        return np.tile(self._count_I, (len(histories), 1))


class Markov:
    """What most often came right after the last item of a history: a chain of the first order.

    What came after an item is counted in the training histories, and ``prior`` further meetings
    are spread over all items by their popularity. So an item that nothing followed, and a history
    of none, get what is popular; with a small prior that only decides among what never followed.
    The prior is that of MacKay and Peto 1995.
    """

    def __init__(self, train: Interactions, *, prior: float = 1.0) -> None:
        import scipy.sparse

        self.num_items, self.prior = train.num_items, prior
        has_next_N = np.ones(len(train), np.bool_)
        has_next_N[train.offsets[1:][train.lengths > 0] - 1] = False
        place_N = np.flatnonzero(has_next_N)
        # Entries of one place are added up: how often one item followed another.
        self._followed = scipy.sparse.csr_matrix(
            (np.ones(len(place_N), np.float32), (train.items[place_N], train.items[place_N + 1])),
            shape=(train.num_items, train.num_items),
        )
        self._share_I = (train.counts() / max(len(train), 1)).astype(np.float32)

    def __str__(self) -> str:
        return f"prior {self.prior:g}"

    def score(self, histories: Histories) -> FloatArray:
        """Return how often each item followed the last of each history, and the prior, (B, I)."""
        last = _matrix([history[-1:] for history in histories], self.num_items)
        followed = (last @ self._followed).toarray()
        return np.asarray(followed + np.float32(self.prior) * self._share_I, np.float32)


class ItemNeighbours:
    """Items that the same people met are near: the sum of cosines to the items of the history.

    Each item keeps its ``num_neighbours`` nearest. The item ``n`` places before the end counts
    ``recency`` to the power of n; 1 is the plain method. Source: Sarwar 2001, section 3.
    """

    def __init__(
        self, train: Interactions, *, num_neighbours: int = 200, recency: float = 0.8
    ) -> None:
        import scipy.sparse

        self.num_items, self.num_neighbours, self.recency = train.num_items, num_neighbours, recency
        met = _met(train)
        met.data[:] = 1
        length_I = np.sqrt(np.asarray(met.sum(axis=0)).ravel())
        unit = met @ scipy.sparse.diags(1 / np.maximum(length_I, 1).astype(np.float32))
        self._near = _nearest(unit.T.tocsr(), unit.tocsr(), num_neighbours)

    def __str__(self) -> str:
        return f"num_neighbours {self.num_neighbours}, recency {self.recency}"

    def score(self, histories: Histories) -> FloatArray:
        """Return how near each item is to each history, (B, I); 0 where nothing binds them."""
        weights = [self.recency ** np.arange(len(each) - 1, -1, -1.0) for each in histories]
        history = _matrix(histories, self.num_items, np.concatenate(weights))
        return np.asarray((history @ self._near).toarray(), np.float32)


class MatrixFactors:
    """A vector for each item, and for a history the vector that explains it best.

    Weighted alternating least squares: a pair that was met should give 1 with the weight
    1 + ``weight``, any other 0 with the weight 1. Each half step takes a few steps of conjugate
    gradients from where it stood. A history's vector is solved for in the same way when it is
    scored. Source: Hu, Koren and Volinsky 2008, section 4; Takács, Pilászy and Tikk 2011.
    """

    def __init__(
        self,
        train: Interactions,
        *,
        width: int = 64,
        weight: float = 1.0,
        penalty: float = 10.0,
        num_rounds: int = 10,
        seed: int = 0,
    ) -> None:
        self.weight, self.penalty, self.num_items = weight, penalty, train.num_items
        met = _met(train)
        met_by = met.T.tocsr()
        random = np.random.default_rng(seed)
        item_ID = random.normal(0, width**-0.5, (train.num_items, width)).astype(np.float32)
        user_UD = np.zeros((train.num_users, width), np.float32)
        for _ in range(num_rounds):
            user_UD = self._solve(met, item_ID, user_UD, num_steps=3)
            item_ID = self._solve(met_by, user_UD, item_ID, num_steps=3)
        self._item_ID = item_ID

    def __str__(self) -> str:
        width = self._item_ID.shape[1]
        return f"width {width}, weight {self.weight:g}, penalty {self.penalty:g}"

    def score(self, histories: Histories) -> FloatArray:
        """Return the product of each item's vector and each history's, (B, I)."""
        history = _matrix(histories, self.num_items)
        start_BD = np.zeros((len(histories), self._item_ID.shape[1]), np.float32)
        return self._solve(history, self._item_ID, start_BD, num_steps=12) @ self._item_ID.T

    def _solve(
        self, met: Any, other_CD: FloatArray, start_RD: FloatArray, *, num_steps: int
    ) -> FloatArray:
        """Return the vectors of the rows of ``met`` that fit those of its columns best."""
        solved_RD = np.empty_like(start_RD)
        gram_DD = other_CD.T @ other_CD + self.penalty * np.eye(other_CD.shape[1], dtype=np.float32)
        for rows in _row_blocks(met.indptr):
            block = met[rows]
            at_N = np.repeat(np.arange(block.shape[0]), np.diff(block.indptr))
            other_ND = other_CD[block.indices]

            def apply(x_RD: FloatArray) -> FloatArray:
                block.data = self.weight * np.einsum("nd,nd->n", x_RD[at_N], other_ND)  # noqa: B023
                return np.asarray(x_RD @ gram_DD + block @ other_CD)  # noqa: B023

            wanted_RD = np.asarray((1 + self.weight) * (block @ other_CD))
            solved_RD[rows] = _conjugate_gradients(apply, wanted_RD, start_RD[rows], num_steps)
        return solved_RD


def _conjugate_gradients(
    apply: Any, wanted_RD: FloatArray, x_RD: FloatArray, num_steps: int
) -> FloatArray:
    """Solve a positive definite system for each row at once (Hestenes and Stiefel 1952)."""
    left_RD = wanted_RD - apply(x_RD)
    step_RD, size_R1 = left_RD, (left_RD**2).sum(axis=1, keepdims=True)
    for _ in range(num_steps):
        image_RD = apply(step_RD)
        far_R1 = size_R1 / np.maximum((step_RD * image_RD).sum(axis=1, keepdims=True), 1e-12)
        x_RD = x_RD + far_R1 * step_RD
        left_RD = left_RD - far_R1 * image_RD
        former_R1, size_R1 = size_R1, (left_RD**2).sum(axis=1, keepdims=True)
        step_RD = left_RD + size_R1 / np.maximum(former_R1, 1e-12) * step_RD
    return x_RD


def _row_blocks(start_R: NDArray[np.integer[Any]], *, most: int = 200_000) -> list[slice]:
    """Cut rows so that a block has about ``most`` entries, and at least a row."""
    cuts = [0]
    while cuts[-1] < len(start_R) - 1:
        end = int(np.searchsorted(start_R, start_R[cuts[-1]] + most, side="right")) - 1
        cuts.append(max(end, cuts[-1] + 1))
    return [slice(*pair) for pair in itertools.pairwise(cuts)]


def _nearest(items: Any, columns: Any, num_neighbours: int) -> Any:
    """Return the product of both, in which each row keeps its greatest entries and not itself."""
    import scipy.sparse

    kept = []
    for rows in _row_blocks(items.indptr, most=20_000):
        product = (items[rows] @ columns).tocsr()
        row_N = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[row_N + rows.start == product.indices] = 0
        order = np.lexsort((-product.data, row_N))
        place_N = np.empty(len(order), np.int64)
        first_N = np.repeat(product.indptr[:-1], np.diff(product.indptr))
        place_N[order] = np.arange(len(order)) - first_N
        product.data[place_N >= num_neighbours] = 0
        product.eliminate_zeros()
        kept.append(product)
    return scipy.sparse.vstack(kept).tocsr()


def _met(train: Interactions) -> Any:
    """Return a sparse matrix of users and items with 1 where they met, however often."""
    import scipy.sparse

    # A copy: the matrix puts its columns in order where they lie.
    met = scipy.sparse.csr_matrix(
        (np.ones(len(train), np.float32), train.items, train.offsets),
        shape=(train.num_users, train.num_items),
        copy=True,
    )
    met.sum_duplicates()
    met.data[:] = 1
    return met


def _matrix(histories: Histories, num_items: int, values: NDArray[Any] | None = None) -> Any:
    import scipy.sparse

    lengths = [len(history) for history in histories]
    items = np.concatenate(histories)
    return scipy.sparse.csr_matrix(
        (
            (np.ones(len(items)) if values is None else values).astype(np.float32),
            items,
            np.concatenate([[0], np.cumsum(lengths)]),
        ),
        shape=(len(histories), num_items),
    )

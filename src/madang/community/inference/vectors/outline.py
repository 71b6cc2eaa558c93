"""Bounds of many products of vectors from a quarter of their numbers.

Vectors that a sentence encoder gives fill few of their directions. Turned so that the fullest come
first, the first numbers say most of a product, and the lengths of what is left bound the rest
(Cauchy-Schwarz). So whoever looks for the largest products reads a quarter of the memory, and all
numbers of a few hundred rows only. In other vectors the bounds are wide: still true, and no help.
"""

import numpy as np
import numpy.typing as npt

#: How many numbers of a turned vector are kept, and of how many rows the directions are learned.
WIDTH = 64
SAMPLE = 4096
#: Sums of 256 products in 32 bits differ by less than this between two orders of adding.
SLACK = 1e-5

Vectors = npt.NDArray[np.float32]


class Outline:
    """The first numbers of vectors (N, D) after a turn, and the length of the rest of each."""

    def __init__(self, vectors_ND: Vectors, num_rows: int) -> None:
        """Outline the first ``num_rows`` rows; there is room for the others."""
        step = max(1, num_rows // SAMPLE)
        sample_ND = vectors_ND[:num_rows:step].astype(np.float64)
        directions_DD = np.linalg.eigh(sample_ND.T @ sample_ND)[1][:, ::-1]
        self._directions_DK = np.ascontiguousarray(directions_DD[:, :WIDTH], np.float32)
        self._outlines_NK = np.zeros((len(vectors_ND), self._directions_DK.shape[1]), np.float32)
        self._rests_N = np.zeros(len(vectors_ND), np.float32)
        self.put(slice(0, num_rows), vectors_ND[:num_rows])

    def put(self, rows: slice, vectors_ND: Vectors) -> None:
        """Take down what became of some rows."""
        self._outlines_NK[rows], self._rests_N[rows] = self._outline(vectors_ND)

    def bounds(self, vector_D: Vectors, rows: slice) -> tuple[Vectors, Vectors]:
        """Return where the products of rows with a vector lie (N), and how far off at most (N)."""
        (outline_K,), (rest,) = self._outline(vector_D[None])
        middle_N = self._outlines_NK[rows] @ outline_K
        return middle_N, self._rests_N[rows] * rest + np.float32(SLACK)

    def _outline(self, vectors_ND: Vectors) -> tuple[Vectors, Vectors]:
        outlines_NK = vectors_ND @ self._directions_DK
        squares_N = (vectors_ND**2).sum(axis=1) - (outlines_NK**2).sum(axis=1)
        return outlines_NK, np.sqrt(np.maximum(squares_N, 0.0))

"""The nearest of many vectors, found exactly: one product with all of them.

100,000 vectors of 256 numbers take some 10 ms a question on one core. An approximate index would be
faster from about a million on, and would have to be built, kept and distrusted.
"""

import numpy as np
import numpy.typing as npt

from madang.errors import SettingError
from madang.runtime.runner import Array


class Index:
    """Vectors (N, D) to be searched; of length 1 each, so that a product is a cosine.

    >>> index = Index(np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32))
    >>> rows, cosines = index.search(np.array([0, 1], np.float32), top=2)
    >>> rows.tolist(), [round(float(cosine), 4) for cosine in cosines]
    ([1, 2], [1.0, 0.8])
    """

    def __init__(self, vectors: Array) -> None:
        """Take the vectors as they are; raises ``SettingError`` where they are no matrix."""
        if vectors.ndim != 2:
            raise SettingError(
                f"The vectors have the shape {vectors.shape}; give one row of D numbers a text, "
                f"as `Embedder.embed` does."
            )
        self.vectors_ND = vectors

    def __len__(self) -> int:
        return len(self.vectors_ND)

    def search(self, vector_D: Array, *, top: int) -> tuple[npt.NDArray[np.int64], Array]:
        """Return the rows of the ``top`` nearest and their cosines, nearest first.

        Of equals the first row comes first; there are fewer than ``top`` where there are fewer.
        Raises ``SettingError`` for a vector of another width and a ``top`` below 1.
        """
        if top < 1:
            raise SettingError(f"top is {top}; it must be 1 or more.")
        if vector_D.shape != self.vectors_ND.shape[1:]:
            raise SettingError(
                f"The vector has the shape {vector_D.shape}, the index holds "
                f"{self.vectors_ND.shape}. Use the model that made the index."
            )
        cosine_N = self.vectors_ND @ vector_D
        rows = np.arange(len(cosine_N))
        if top < len(cosine_N):
            least = np.partition(cosine_N, -top)[-top]
            rows = rows[cosine_N >= least]
        order = np.argsort(-cosine_N[rows], kind="stable")[:top]
        return rows[order], cosine_N[rows[order]]

"""What a recommender shows, whoever it is right for: how much, how novel, how popular.

A model can be right more often by showing everybody the same few popular items; these figures say
so. ``shown_QK`` are the numbers of the ``K`` items shown to each of ``Q`` people, ``count_I`` how
often each item stands in what was learned from.

Source: Castells, Hurley and Vargas 2022 (coverage, novelty); Abdollahpouri 2019, section 3
(popularity beside what people chose themselves).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from madang.errors import DataError


def coverage(shown_QK: ArrayLike, *, num_items: int) -> float:
    """Return the share of all items that are shown to anybody.

    >>> coverage([[0, 1], [0, 2]], num_items=4)
    0.75
    """
    shown = np.bincount(np.ravel(shown_QK), minlength=num_items)
    return float(np.count_nonzero(shown) / num_items)


def novelty(shown_QK: ArrayLike, count_I: ArrayLike) -> NDArray[np.float64]:
    """Return how surprising the items shown to each person are, in bits, (Q,).

    An item that makes up the share p of all interactions is worth -log2 p bits. Each is counted
    once more than it was met, so that one never met is rare and not infinitely so.

    >>> novelty([[0, 0], [1, 1]], [6, 0]).round(4).tolist()
    [0.1926, 3.0]
    """
    count = np.asarray(count_I, np.float64) + 1
    bits_I = -np.log2(count / count.sum())
    return np.asarray(bits_I[np.asarray(shown_QK)].mean(axis=1))


def popularity_bias(shown_Q: ArrayLike, chosen_Q: ArrayLike) -> float:
    """Return by how much what is shown is more popular than what people chose themselves.

    ``shown_Q`` and ``chosen_Q`` (Q,) are the mean popularity of what each person was shown and of
    their own history. 0: no more popular; 1: twice as popular.

    Raises ``DataError`` where nothing chosen has any popularity.

    >>> popularity_bias([20, 40], [10, 10])
    2.0
    """
    chosen = float(np.asarray(chosen_Q).mean())
    if chosen <= 0:
        raise DataError("What people chose has no popularity to compare with. Give its counts.")
    return float(np.asarray(shown_Q).mean()) / chosen - 1

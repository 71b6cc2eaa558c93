"""Fewer interactions: each pair of a person and an item once, or a k-core."""

from typing import Literal

import numpy as np

from madang.datasets.interactions.history import Interactions


def drop_duplicates(interactions: Interactions, *, kept: Literal["first", "last"]) -> Interactions:
    """Keep the first or the last of one person's interactions with one item."""
    pair_N = interactions.users.astype(np.int64) * interactions.num_items + interactions.items
    step = 1 if kept == "first" else -1
    # Of equal values, unique gives the first place.
    _, place = np.unique(pair_N[::step], return_index=True)
    kept_N = np.zeros(len(interactions), np.bool_)
    kept_N[::step][place] = True
    return interactions.only(kept_N, reason="duplicates")


def k_core(interactions: Interactions, *, k: int) -> Interactions:
    """Keep the people and items that have at least ``k`` interactions among those that are kept.

    Raises ``DataError`` where nothing is left.
    """
    users, items = interactions.users, interactions.items
    kept_N = np.ones(len(items), np.bool_)
    num_kept = -1
    while num_kept != (num_kept := int(kept_N.sum())):
        num_U = np.bincount(users[kept_N], minlength=interactions.num_users)
        num_I = np.bincount(items[kept_N], minlength=interactions.num_items)
        kept_N &= (num_U[users] >= k) & (num_I[items] >= k)
    return interactions.only(kept_N, reason="core")

"""Groups of people whose figures are looked at apart: a mean over all can be the work of a few.

*Tied in time*: another interaction of the person bears the moment of what is held out, so that
which of them is the last is the order of the file, and what comes after which says little about
what a person did next. *Cold*: what is held out stands in no training history, so that no model of
item numbers can find it. And how long the history is that leads up to it.
"""

import numpy as np
from numpy.typing import NDArray

from madang.datasets.interactions.holdout import Holdout, Part

# How many interactions were known: each begins a group that ends before the next.
LENGTHS = (0, 1, 2, 3, 5, 10, 20, 50)


def find_groups(holdout: Holdout, part: Part) -> dict[str, NDArray[np.bool_]]:
    """Return by name who belongs to each group, (Q,) of all of whom something is held out.

    Of people of whom several items are held out, those are cold of whom all are. Groups of nobody
    are left out, and of data without times those by ties.
    """
    targets = holdout.targets(part)
    query_R, num_people = targets.queries, len(targets.users)

    def has_any(is_so_R: NDArray[np.bool_]) -> NDArray[np.bool_]:
        return np.bincount(query_R[is_so_R], minlength=num_people) > 0

    found: dict[str, NDArray[np.bool_]] = {}
    if targets.is_tied_R is not None:
        is_tied = has_any(targets.is_tied_R)
        found |= {"tied in time": is_tied, "not tied in time": ~is_tied}
    is_known = has_any(holdout.train.counts()[targets.item_R] > 0)
    found |= {"cold": ~is_known, "not cold": is_known}
    length_Q = holdout.known(part).lengths[targets.users]
    place_Q = np.searchsorted(LENGTHS, length_Q, side="right") - 1
    for place, (first, end) in enumerate(zip(LENGTHS, (*LENGTHS[1:], None), strict=True)):
        found[f"history of {_range(first, end)}"] = place_Q == place
    return {name: is_in for name, is_in in found.items() if is_in.any()}


def _range(first: int, end: int | None) -> str:
    """Return the words for the numbers from one on and before another.

    >>> _range(2, 3), _range(3, 5), _range(50, None)
    ('2', '3 to 4', '50 and more')
    """
    if end is None:
        return f"{first} and more"
    return str(first) if end == first + 1 else f"{first} to {end - 1}"

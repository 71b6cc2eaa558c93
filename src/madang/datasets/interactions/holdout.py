"""What is held out of interactions, so that a model is measured on what it has not seen.

Leave one out is the protocol of Kang and McAuley 2018 (section 4.1) and Sun 2019 (section 4.1): a
person's last item is the test target, the one before it the validation target. Where several items
bear the last moment, which of them is the last is the order of the file; with the unit ``moment``
they are held out together, as the last basket is in next-basket recommendation (Li 2023). A split
by time is harder and more honest: a model learns nothing from after the moment of the split, of
anybody.
"""

import dataclasses
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions
from madang.errors import DataError, SettingError

Part = Literal["validation", "test"]
Unit = Literal["item", "moment"]


class ValidationUsers(NamedTuple):
    """The users whose validation items choose the epoch: ``num_users``, drawn by ``seed``."""

    num_users: int
    seed: int


class Targets(NamedTuple):
    """Items held out: ``user_R`` (R,), in rising order, has ``item_R`` (R,) held out, each once.

    ``is_tied_R`` says whether another interaction of the user bears the same moment, so that their
    order is that of the file; None without times.
    """

    user_R: NDArray[np.int64]
    item_R: NDArray[np.int32]
    is_tied_R: NDArray[np.bool_] | None = None

    @property
    def users(self) -> NDArray[np.int64]:
        """Those of whom anything is held out, each once, (Q,)."""
        return np.unique(self.user_R)

    @property
    def queries(self) -> NDArray[np.int64]:
        """The place in ``users`` of the user of each item, (R,)."""
        return np.unique(self.user_R, return_inverse=True)[1]

    def of(self, users: NDArray[np.int64]) -> "Targets":
        """Return what is held out of some users only."""
        kept_R = np.isin(self.user_R, users)
        is_tied_R = None if self.is_tied_R is None else self.is_tied_R[kept_R]
        return Targets(self.user_R[kept_R], self.item_R[kept_R], is_tied_R)


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Holdout:
    """What to learn from, and the items held out of each user.

    ``train`` keeps every number of the interactions it was taken from, those of items that are in
    no training history too. ``before_test`` is what is known before the test items. ``unit``: an
    item of each user is held out, or all items of a moment.
    """

    train: Interactions
    validation: Targets
    test: Targets
    before_test: Interactions
    unit: Unit = "item"

    def targets(self, part: Part) -> Targets:
        """Return what is held out in a part."""
        return self.test if part == "test" else self.validation

    def known(self, part: Part) -> Interactions:
        """Return the histories that lead up to what is held out in a part."""
        return self.before_test if part == "test" else self.train

    def validated_by(self, validation_users: ValidationUsers, *, learn_others: bool) -> "Holdout":
        """Return the holdout with the validation items of ``validation_users`` only.

        With ``learn_others`` the validation items of all other users join the training data: they
        are the newest items there are, and nothing is measured on them. Where there are no other
        users, nothing changes.
        """
        user_Q = self.validation.users
        if len(user_Q) <= validation_users.num_users:
            return self
        chosen = np.random.default_rng(validation_users.seed).choice(
            user_Q, validation_users.num_users, replace=False
        )
        train = self.train
        if learn_others:
            length_U = train.lengths.copy()
            other = np.setdiff1d(user_Q, chosen)
            length_U[other] = self.before_test.lengths[other]
            train = self.before_test.first(length_U)
        return dataclasses.replace(self, train=train, validation=self.validation.of(chosen))


def leave_one_out(interactions: Interactions, unit: Unit = "item") -> Holdout:
    """Hold out each user's last item, or moment, as the test, and the one before for validation.

    At least one item, or moment, of a user stays in the training data: a user with two has no
    validation target, a user with one has neither.

    Raises ``DataError`` when no user has two, ``SettingError`` for moments of what has no times.
    """
    length_U = interactions.lengths
    num_before_U = _or_all(before_last(interactions, unit), length_U)
    if (num_before_U == length_U).all():
        raise DataError(
            f"No user has two {INTERACTIONS[unit]}, so none can be held out. Give longer histories."
        )
    before_test = interactions.first(num_before_U)
    num_train_U = _or_all(before_last(before_test, unit), num_before_U)
    num_train_U = np.where(num_before_U < length_U, num_train_U, num_before_U)
    return Holdout(
        train=interactions.first(num_train_U),
        validation=_targets(interactions, num_train_U, num_before_U),
        test=_targets(interactions, num_before_U, length_U),
        before_test=before_test,
        unit=unit,
    )


def before_last(interactions: Interactions, unit: Unit = "item") -> NDArray[np.int64]:
    """Return how many interactions each user had before the last, or before its moment, (U,)."""
    length_U = interactions.lengths
    if unit == "item":
        return np.maximum(length_U - 1, 0)
    return length_U - _count_at(interactions, interactions.offsets[1:] - 1)


def split_by_time(
    interactions: Interactions, *, validation_from: int, test_from: int, unit: Unit = "item"
) -> Holdout:
    """Learn from all before ``validation_from``; both are seconds since 1970.

    The validation is each user's first item, or moment, from then on and before ``test_from``, the
    test the first from ``test_from`` on. A user of whom nothing is known before gets none.

    Raises ``SettingError`` for moments in the wrong order and interactions without times,
    ``DataError`` when a part would be empty.
    """
    num_users = interactions.num_users
    times = _times(interactions, "use leave_one_out")
    if validation_from >= test_from:
        raise SettingError(
            f"validation_from is {validation_from} and test_from {test_from}; the first must be "
            f"the earlier."
        )
    num_train_U, num_before_U = (
        np.bincount(interactions.users[times < moment], minlength=num_users)
        for moment in (validation_from, test_from)
    )
    holdout = Holdout(
        train=interactions.first(num_train_U),
        validation=_first_targets(interactions, num_train_U, num_before_U, unit),
        test=_first_targets(interactions, num_before_U, interactions.lengths, unit),
        before_test=interactions.first(num_before_U),
        unit=unit,
    )
    sizes = {
        "train": len(holdout.train),
        "validation": len(holdout.validation.user_R),
        "test": len(holdout.test.user_R),
    }
    empty = [part for part, size in sizes.items() if not size]
    if empty:
        raise DataError(
            f"Split at {validation_from} and {test_from}, nothing is in {', '.join(empty)}; times "
            f"run from {times.min()} to {times.max()}. Choose moments between."
        )
    return holdout


def hold_out(
    interactions: Interactions,
    split_at: tuple[int, ...],
    validation_users: ValidationUsers | None = None,
    *,
    unit: Unit = "item",
) -> Holdout:
    """Hold out the last items of each person, or by time where two moments are given.

    With ``validation_users`` the validation is theirs alone, and the items of all others before the
    last are learned from. (Not so when split by time: they came after what may be learned from.)

    Raises ``SettingError`` for another number of moments.
    """
    if not split_at:
        found = leave_one_out(interactions, unit)
    elif len(split_at) == 2:
        found = split_by_time(
            interactions, validation_from=split_at[0], test_from=split_at[1], unit=unit
        )
    else:
        raise SettingError(
            f"split_at has {len(split_at)} moments; give two: validation from, test from."
        )
    if validation_users is None:
        return found
    return found.validated_by(validation_users, learn_others=not split_at)


# What a user needs two of.
INTERACTIONS: dict[Unit, str] = {"item": "interactions", "moment": "moments with interactions"}


def _times(interactions: Interactions, otherwise: str) -> NDArray[np.int64]:
    if interactions.times is None:
        raise SettingError(f"These interactions have no times, only an order: {otherwise}.")
    return interactions.times


def _or_all(num_U: NDArray[np.int64], length_U: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the lengths where there is nothing before: what can not be held out stays."""
    return np.where(num_U > 0, num_U, length_U)


def _count_at(interactions: Interactions, place_U: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many interactions of each user bear the moment of the one at a place, (U,)."""
    times = _times(interactions, "hold out items, not moments")
    moment_U = times[np.clip(place_U, 0, len(times) - 1)]
    is_at_N = times == np.repeat(moment_U, interactions.lengths)
    return np.bincount(interactions.users[is_at_N], minlength=interactions.num_users)


def _first_targets(
    interactions: Interactions, start_U: NDArray[np.int64], end_U: NDArray[np.int64], unit: Unit
) -> Targets:
    """Return each user's first item, or moment, from a place on and before an end.

    That place is not the first: of whom nothing is known before, nothing is held out.
    """
    has_U = (start_U > 0) & (start_U < end_U)
    num_U = has_U.astype(np.int64)
    if unit == "moment":
        num_U *= _count_at(interactions, interactions.offsets[:-1] + start_U)
    return _targets(interactions, start_U, start_U + num_U)


def _targets(
    interactions: Interactions, start_U: NDArray[np.int64], end_U: NDArray[np.int64]
) -> Targets:
    """Return the different items of each user from a place on and before an end."""
    length_U = interactions.lengths
    place_N = np.arange(len(interactions)) - np.repeat(interactions.offsets[:-1], length_U)
    is_held_N = (place_N >= np.repeat(start_U, length_U)) & (place_N < np.repeat(end_U, length_U))
    user_R, item_R = interactions.users[is_held_N].astype(np.int64), interactions.items[is_held_N]
    _, first = np.unique(user_R * interactions.num_items + item_R, return_index=True)
    is_tied_N = _is_tied(interactions)
    return Targets(
        user_R[first],
        item_R[first],
        None if is_tied_N is None else is_tied_N[is_held_N][first],
    )


def _is_tied(interactions: Interactions) -> NDArray[np.bool_] | None:
    """Say of each interaction whether its neighbour, of the same user, bears its moment, (N,)."""
    if interactions.times is None:
        return None
    users, times = interactions.users, interactions.times
    is_same: NDArray[np.bool_] = (users[1:] == users[:-1]) & (times[1:] == times[:-1])
    is_tied_N: NDArray[np.bool_] = np.append(is_same, False) | np.append(False, is_same)
    return is_tied_N

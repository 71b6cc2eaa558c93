"""What is held out of interactions, so that a model is measured on what it has not seen.

Leave one out is the protocol of Kang and McAuley 2018 (section 4.1) and Sun 2019 (section 4.1): a
person's last item is the test target, the one before it the validation target. A split by time is
harder and more honest: a model learns nothing from after the moment of the split, of anybody.
"""

import dataclasses
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from madang.datasets.interactions.history import Interactions
from madang.errors import DataError, SettingError

Part = Literal["validation", "test"]
NOBODY = -1


class ValidationUsers(NamedTuple):
    """The users whose validation items choose the epoch: ``num_users``, drawn by ``seed``."""

    num_users: int
    seed: int


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class Holdout:
    """What to learn from, and the item held out for each user.

    ``train`` keeps every number of the interactions it was taken from, those of items that are in
    no training history too. ``validation_U`` and ``test_U`` (U,) are the item held out for each
    user, -1 where there is none. ``before_test`` is what is known before the test item.
    """

    train: Interactions
    validation_U: NDArray[np.int32]
    test_U: NDArray[np.int32]
    before_test: Interactions

    def __post_init__(self) -> None:
        assert len(self.validation_U) == len(self.test_U) == self.train.num_users

    def targets(self, part: Part) -> NDArray[np.int32]:
        """Return the item held out for each user in a part, (U,), -1 where there is none."""
        return self.test_U if part == "test" else self.validation_U

    def known(self, part: Part) -> Interactions:
        """Return the histories that lead up to the item held out in a part."""
        return self.before_test if part == "test" else self.train

    def validated_by(self, validation_users: ValidationUsers, *, learn_others: bool) -> "Holdout":
        """Return the holdout with the validation items of ``validation_users`` only.

        With ``learn_others`` the validation items of all other users join the training data: they
        are the newest items there are, and nothing is measured on them. Where there are no other
        users, nothing changes.
        """
        user_N = np.flatnonzero(self.validation_U != NOBODY)
        if len(user_N) <= validation_users.num_users:
            return self
        chosen_N = np.random.default_rng(validation_users.seed).choice(
            user_N, validation_users.num_users, replace=False
        )
        validation_U = np.full_like(self.validation_U, NOBODY)
        validation_U[chosen_N] = self.validation_U[chosen_N]
        train = self.train
        if learn_others:
            is_other_U = (self.validation_U != NOBODY) & (validation_U == NOBODY)
            train = self.known("test").first(train.lengths + is_other_U)
        return dataclasses.replace(self, train=train, validation_U=validation_U)


def leave_one_out(interactions: Interactions) -> Holdout:
    """Hold out each user's last item as the test target, the one before as the validation target.

    At least one item of a user stays in the training data: a user with two items has no validation
    target, a user with one item has neither.

    Raises ``DataError`` when no user has two.
    """
    length_U, end_U = interactions.lengths, interactions.offsets[1:]
    has_test_U, has_validation_U = length_U >= 2, length_U >= 3
    if not has_test_U.any():
        raise DataError("No user has two interactions, so none can be held out. Give longer ones.")
    validation_U, test_U = (np.full(interactions.num_users, NOBODY, np.int32) for _ in range(2))
    test_U[has_test_U] = interactions.items[end_U[has_test_U] - 1]
    validation_U[has_validation_U] = interactions.items[end_U[has_validation_U] - 2]
    return Holdout(
        train=interactions.first(length_U - has_test_U - has_validation_U),
        validation_U=validation_U,
        test_U=test_U,
        before_test=interactions.first(length_U - has_test_U),
    )


def split_by_time(interactions: Interactions, *, validation_from: int, test_from: int) -> Holdout:
    """Learn from all before ``validation_from``; both are seconds since 1970.

    The validation is each user's first item from then on and before ``test_from``, the test the
    first item from ``test_from`` on. A user of whom nothing is known before gets none.

    Raises ``SettingError`` for moments in the wrong order and interactions without times,
    ``DataError`` when a part would be empty.
    """
    num_users = interactions.num_users
    if interactions.times is None:
        raise SettingError("These interactions have no times, only an order: use leave_one_out.")
    if validation_from >= test_from:
        raise SettingError(
            f"validation_from is {validation_from} and test_from {test_from}; the first must be "
            f"the earlier."
        )
    num_train_U, num_before_U = (
        np.bincount(interactions.users[interactions.times < moment], minlength=num_users)
        for moment in (validation_from, test_from)
    )
    holdout = Holdout(
        train=interactions.first(num_train_U),
        validation_U=_item_at(interactions, num_train_U, num_before_U),
        test_U=_item_at(interactions, num_before_U, interactions.lengths),
        before_test=interactions.first(num_before_U),
    )
    sizes = {
        "train": len(holdout.train),
        "validation": (holdout.validation_U != NOBODY).sum(),
        "test": (holdout.test_U != NOBODY).sum(),
    }
    empty = [part for part, size in sizes.items() if not size]
    if empty:
        raise DataError(
            f"Split at {validation_from} and {test_from}, nothing is in {', '.join(empty)}; times "
            f"run from {interactions.times.min()} to {interactions.times.max()}. Choose moments "
            f"between."
        )
    return holdout


def hold_out(
    interactions: Interactions,
    split_at: tuple[int, ...],
    validation_users: ValidationUsers | None = None,
) -> Holdout:
    """Hold out the last items of each person, or by time where two moments are given.

    With ``validation_users`` the validation is theirs alone, and the items of all others before the
    last are learned from. (Not so when split by time: they came after what may be learned from.)

    Raises ``SettingError`` for another number of moments.
    """
    if not split_at:
        found = leave_one_out(interactions)
    elif len(split_at) == 2:
        found = split_by_time(interactions, validation_from=split_at[0], test_from=split_at[1])
    else:
        raise SettingError(
            f"split_at has {len(split_at)} moments; give two: validation from, test from."
        )
    if validation_users is None:
        return found
    return found.validated_by(validation_users, learn_others=not split_at)


def _item_at(
    interactions: Interactions, place_U: NDArray[np.int64], end_U: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Return each user's item at a place that is not the first and lies before an end."""
    item_U = np.full(interactions.num_users, NOBODY, np.int32)
    has_U = (place_U > 0) & (place_U < end_U)
    item_U[has_U] = interactions.items[(interactions.offsets[:-1] + place_U)[has_U]]
    return item_U

"""What is held out is the last of each history, and nothing of it is learned from."""

import dataclasses
import itertools

import numpy as np
import polars as pl
import pytest

from madang.datasets.interactions.history import Interactions, number
from madang.datasets.interactions.holdout import (
    Targets,
    Unit,
    ValidationUsers,
    hold_out,
    leave_one_out,
    split_by_time,
)
from madang.errors import DataError, SettingError


def interactions(rows: list[tuple[str, str, int]]) -> Interactions:
    frame = pl.DataFrame(rows, schema=["user", "item", "time"], orient="row")
    return number(frame.with_columns(pl.from_epoch("time", "s").cast(pl.Datetime("us"))))


def items_of(targets: Targets, user: int) -> list[int]:
    """Return what is held out of a user."""
    return targets.item_R[targets.user_R == user].tolist()


FOUR = interactions(
    [(user, item, time) for user in "abcd" for time, item in enumerate("wxyz"[: ord(user) - 96])]
)


def test_the_last_item_is_the_test_and_the_last_but_one_the_validation() -> None:
    found = leave_one_out(FOUR)
    names = FOUR.item_ids.to_list()
    held_out = [
        [[names[item] for item in items_of(part, user)] for user in range(4)]
        for part in (found.validation, found.test)
    ]
    assert held_out == [[[], [], ["x"], ["y"]], [[], ["x"], ["y"], ["z"]]]
    assert [found.train.history(user).tolist() for user in range(4)] == [[0], [0], [0], [0, 1]]


def test_the_histories_before_a_held_out_item_and_the_item_are_the_whole_history() -> None:
    random = np.random.default_rng(0)
    whole = interactions(
        [(str(u), str(i), int(t)) for u, i, t in random.integers(0, [50, 30, 9], (400, 3))]
    )
    found = leave_one_out(whole)
    for user in range(whole.num_users):
        history = whole.history(user).tolist()
        before = found.known("test").history(user).tolist()
        assert [*before, *items_of(found.test, user)] == history
        assert [*found.train.history(user), *items_of(found.validation, user)] == before
    assert found.train.item_ids is whole.item_ids, "items keep their numbers"


def random_interactions() -> Interactions:
    random = np.random.default_rng(1)
    return interactions(
        [(str(u), str(i), int(t)) for u, i, t in random.integers(0, [60, 30, 100], (400, 3))]
    )


def test_of_some_judges_the_last_but_one_is_held_out_and_of_all_others_it_is_learned_from() -> None:
    whole = leave_one_out(random_interactions())
    found = whole.validated_by(ValidationUsers(20, seed=0), learn_others=True)
    validation_users = found.validation.users.tolist()
    assert len(validation_users) == 20
    for user in validation_users:
        assert items_of(found.validation, user) == items_of(whole.validation, user)
    assert found.test is whole.test
    for user in range(whole.train.num_users):
        before = whole.known("test").history(user).tolist()
        assert [*found.train.history(user), *items_of(found.validation, user)] == before
        assert found.known("test").history(user).tolist() == before


def test_the_same_judges_are_drawn_by_the_same_seed_and_where_all_judge_nothing_changes() -> None:
    whole = leave_one_out(random_interactions())
    one, other, another = (
        whole.validated_by(ValidationUsers(20, seed), learn_others=True).validation.users.tolist()
        for seed in (0, 0, 1)
    )
    assert one == other != another
    assert whole.validated_by(ValidationUsers(60, seed=0), learn_others=True) is whole


def test_split_by_time_the_others_items_are_not_learned_from() -> None:
    whole = hold_out(random_interactions(), (60, 80))
    found = hold_out(random_interactions(), (60, 80), ValidationUsers(5, seed=0))
    assert len(found.validation.user_R) == 5
    assert found.train.items.tolist() == whole.train.items.tolist()


def test_users_of_a_single_item_leave_nothing_to_hold_out() -> None:
    with pytest.raises(DataError, match="No user has two interactions"):
        leave_one_out(interactions([("a", "x", 1), ("b", "y", 2)]))


def test_a_split_by_time_lets_nobody_see_the_future() -> None:
    random = np.random.default_rng(0)
    whole = interactions(
        [(str(u), str(i), int(t)) for u, i, t in random.integers(0, [60, 30, 100], (500, 3))]
    )
    found = split_by_time(whole, validation_from=60, test_from=80)
    assert whole.times is not None
    assert found.train.times is not None
    assert found.train.times.max() < 60
    for user in range(whole.num_users):
        events = list(
            zip(
                whole.times[whole.offsets[user] : whole.offsets[user + 1]],
                whole.history(user),
                strict=True,
            )
        )
        for part, start, end in (("validation", 60, 80), ("test", 80, 100)):
            before = [item for time, item in events if time < start]
            later = [item for time, item in events if start <= time < end]
            expected = later[:1] if before else []
            assert items_of(found.targets(part), user) == expected  # type: ignore[arg-type]
            assert found.known(part).history(user).tolist() == before  # type: ignore[arg-type]


def test_a_split_by_time_with_an_empty_part_is_an_error() -> None:
    with pytest.raises(DataError, match="nothing is in validation, test; times run from 0 to 3"):
        split_by_time(FOUR, validation_from=4, test_from=5)
    with pytest.raises(SettingError, match="must be the earlier"):
        split_by_time(FOUR, validation_from=2, test_from=2)
    with pytest.raises(SettingError, match="use leave_one_out"):
        split_by_time(dataclasses.replace(FOUR, times=None), validation_from=1, test_from=2)


def moments_of(whole: Interactions, user: int) -> list[tuple[int, list[int]]]:
    """Return a user's moments in order, each with its items in the order of the file."""
    assert whole.times is not None
    found: dict[int, list[int]] = {}
    for place in range(whole.offsets[user], whole.offsets[user + 1]):
        found.setdefault(int(whole.times[place]), []).append(int(whole.items[place]))
    return sorted(found.items())


def few_moments(seed: int) -> Interactions:
    random = np.random.default_rng(seed)
    return interactions(
        [(str(u), str(i), int(t)) for u, i, t in random.integers(0, [50, 12, 6], (300, 3))]
    )


@pytest.mark.parametrize("seed", range(5))
def test_all_items_of_a_moment_are_held_out_together(seed: int) -> None:
    whole = few_moments(seed)
    found = leave_one_out(whole, "moment")
    for user in range(whole.num_users):
        baskets = [items for _, items in moments_of(whole, user)]
        test = baskets.pop() if len(baskets) > 1 else []
        before = list(itertools.chain(*baskets))
        validation = baskets.pop() if test and len(baskets) > 1 else []
        assert items_of(found.test, user) == sorted(set(test))
        assert items_of(found.validation, user) == sorted(set(validation))
        assert found.known("test").history(user).tolist() == before
        assert found.known("validation").history(user).tolist() == list(itertools.chain(*baskets))


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_a_file_decides_nothing_where_moments_are_held_out(seed: int) -> None:
    whole = few_moments(seed)
    assert whole.times is not None
    rows = list(
        zip(
            whole.user_ids.gather(whole.users),
            whole.item_ids.gather(whole.items),
            whole.times.tolist(),
            strict=True,
        )
    )
    other = interactions(rows[::-1])

    def held_out(whole: Interactions, unit: Unit) -> list[set[tuple[str, str]]]:
        found = leave_one_out(whole, unit)
        return [
            set(
                zip(
                    whole.user_ids.gather(part.user_R),
                    whole.item_ids.gather(part.item_R),
                    strict=True,
                )
            )
            for part in (found.test, found.validation)
        ]

    assert held_out(other, "moment") == held_out(whole, "moment")
    assert held_out(other, "item") != held_out(whole, "item")


@pytest.mark.parametrize("unit", ["item", "moment"])
def test_a_split_by_time_takes_the_first_item_or_the_first_moment(unit: Unit) -> None:
    whole = few_moments(0)
    found = split_by_time(whole, validation_from=2, test_from=4, unit=unit)
    for user in range(whole.num_users):
        for part, start, end in (("validation", 2, 4), ("test", 4, 6)):
            moments = moments_of(whole, user)
            later = [items for time, items in moments if start <= time < end]
            has_before = any(time < start for time, _ in moments)
            expected = set(later[0][: 1 if unit == "item" else None]) if later else set()
            held_out = items_of(found.targets(part), user)  # type: ignore[arg-type]
            assert held_out == (sorted(expected) if has_before else [])


@pytest.mark.parametrize("unit", ["item", "moment"])
def test_what_shares_its_moment_with_another_is_tied(unit: Unit) -> None:
    whole = few_moments(1)
    found = leave_one_out(whole, unit)
    for part in (found.test, found.validation):
        assert part.is_tied_R is not None
        assert 0 < part.is_tied_R.sum() < len(part.is_tied_R)
        for user, item, is_tied in zip(*part, strict=True):
            baskets = [items for _, items in moments_of(whole, int(user))]
            # The held-out items are those of the last moments; of one item alone the one in place.
            sizes = {len(items) for items in baskets if item in items}
            assert (len(sizes) > 1) or is_tied == (sizes != {1})


def test_of_people_who_choose_no_epoch_the_whole_last_but_one_moment_is_learned_from() -> None:
    whole = leave_one_out(few_moments(0), "moment")
    found = whole.validated_by(ValidationUsers(9, seed=0), learn_others=True)
    assert len(found.validation.users) == 9
    for user in range(whole.train.num_users):
        source = whole.train if user in found.validation.users else whole.before_test
        assert found.train.history(user).tolist() == source.history(user).tolist()


def test_moments_of_what_has_none_can_not_be_held_out() -> None:
    with pytest.raises(SettingError, match="no times, only an order: hold out items"):
        leave_one_out(dataclasses.replace(FOUR, times=None), "moment")
    at_once = interactions([("a", "x", 1), ("a", "y", 1), ("b", "y", 2)])
    with pytest.raises(DataError, match="No user has two moments with interactions"):
        leave_one_out(at_once, "moment")
    assert len(leave_one_out(at_once).test.users) == 1

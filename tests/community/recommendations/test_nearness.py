"""Nearness and its reason, compared with the same by hand, one item and one history at a time."""

import numpy as np
import pytest

from madang.community.recommendations import nearness
from madang.community.recommendations.nearness import find_near, set_apart
from madang.community.recommendations.recommendation import Candidate, mix


def unit(draw: np.random.Generator, number: int, width: int = 8) -> np.ndarray:
    return set_apart(draw.normal(size=(number, width)).astype(np.float32), np.zeros(width))


def by_hand(history: list[np.ndarray], item: np.ndarray) -> float:
    if not history:
        return 0.0
    mean = sum(history)
    with_mean = float(item @ mean / np.linalg.norm(mean))
    return (with_mean + max(float(item @ each) for each in history)) / 2


@pytest.mark.parametrize("length", [1, 2, 5])
def test_the_nearest_and_their_reasons_are_those_found_by_hand(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearness, "LEAST_NEARNESS", -1.0)
    draw = np.random.default_rng(length)
    history, items = unit(draw, length), unit(draw, 50)
    rows = list(history)
    expected = sorted(range(50), key=lambda row: -by_hand(rows, items[row]))[:10]
    found = find_near(history, items, number=10)
    assert [near.row for near in found] == expected
    for near in found:
        without = [
            by_hand(rows[:each] + rows[each + 1 :], items[near.row]) for each in range(length)
        ]
        assert near.nearness == pytest.approx(by_hand(rows, items[near.row]), abs=1e-5)
        assert without[near.because] == pytest.approx(min(without), abs=1e-5)


def test_what_has_nothing_to_do_with_a_history_is_left_out() -> None:
    east, north = np.eye(2, dtype=np.float32)
    found = find_near(east[None], np.stack([north, east, -east]), number=3)
    assert [near.row for near in found] == [1]


def test_what_all_texts_have_in_common_counts_for_nothing() -> None:
    draw = np.random.default_rng(7)
    own = unit(draw, 400, width=32)
    corner = own + 3 * np.eye(32, dtype=np.float32)[0]
    mean = nearness.mean_of(corner)
    cosines = set_apart(corner, mean) @ set_apart(corner, mean).T
    raw = set_apart(corner, np.zeros(32)) @ set_apart(corner, np.zeros(32)).T
    others = ~np.eye(400, dtype=bool)
    assert raw[others].mean() > 0.8
    assert abs(cosines[others].mean()) < 0.02


@pytest.mark.parametrize(
    ("trained", "near", "mixed"),
    [("abcd", "xyz", "abxcdyz"), ("", "xy", "xy"), ("ab", "", "ab"), ("ab", "abz", "abz")],
)
def test_two_of_the_trained_list_go_before_one_that_is_near(
    trained: str, near: str, mixed: str
) -> None:
    lists = [[Candidate(each, None) for each in part] for part in (trained, near)]
    assert "".join(each.name for each in mix(*lists)) == mixed

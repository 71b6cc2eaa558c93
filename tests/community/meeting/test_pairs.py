"""Two actions that meet on one post or listing end as if one had come after the other.

For each pair of actions the two orders are played one after the other first. Then both begin at
the same moment: what is kept must be what one of the two orders keeps, and each is answered as in
one of them. Rounds a pair: ``MADANG_ROUNDS``.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement
from typing import Any

import pytest

from madang.community.boards.models import Post
from madang.community.extension.contribution import Contribution
from madang.community.market.models import Listing

from .acts import DONE, ON_LISTING, ON_POST, REFUSED, Act, Browser
from .scene import Scene, Stage, decisions_on, flaws, state_of
from .together import Errors, at_once

ROUNDS = int(os.environ.get("MADANG_ROUNDS", "3"))
PAIRS = [
    *((Post, *pair) for pair in combinations_with_replacement(ON_POST, 2)),
    *((Listing, *pair) for pair in combinations_with_replacement(ON_LISTING, 2)),
]
_orders: dict[str, list[Any]] = {}


def begin(stage: Stage, kind: type[Contribution], *acts: Act) -> Scene:
    scene = stage.take(kind)
    for act in acts:
        act.prepare(scene)
    return scene


def said(status: int) -> str:
    """Say what a status means; anything else is a failure and shown as it is."""
    if status in DONE:
        return "done"
    return "refused" if status in REFUSED else str(status)


def kept_of(scene: Scene, kind: type[Contribution]) -> dict[str, Any]:
    return {"decisions": decisions_on(scene, kind), **state_of(scene, kind)}


def one_after_the_other(stage: Stage, kind: type[Contribution], first: Act, second: Act) -> Any:
    """Play both orders, or take what they gave on the other database."""
    key = f"{kind.__name__}: {first}, {second}"
    if key not in _orders:
        browser, found = Browser(), []
        for is_swapped in (False, True):
            scene = begin(stage, kind, first, second)
            steps = [first.do(browser, scene), second.do(browser, scene)]
            statuses = [step() for step in (reversed(steps) if is_swapped else steps)]
            statuses = statuses[::-1] if is_swapped else statuses
            found.append(([*map(said, statuses)], kept_of(scene, kind)))
        _orders[key] = found
    return _orders[key]


def differences(kept: dict[str, Any], orders: list[Any]) -> list[Any]:
    """Name what is kept otherwise than after each order, with what it is after that."""
    return [
        {name: (kept[name], each[name]) for name in kept if kept[name] != each[name]}
        for _, each in orders
    ]


@pytest.mark.parametrize(
    ("kind", "first", "second"),
    PAIRS,
    ids=lambda each: each.__name__ if isinstance(each, type) else str(each),
)
def test_two_actions_that_meet_end_as_if_one_had_come_after_the_other(
    stage: Stage,
    threads: ThreadPoolExecutor,
    browsers: list[Browser],
    errors: Errors,
    kind: type[Contribution],
    first: Act,
    second: Act,
) -> None:
    orders = one_after_the_other(stage, kind, first, second)
    answers = [set(each) for each in zip(*(said for said, _ in orders), strict=True)]
    assert set().union(*answers) <= {"done", "refused"}
    assert errors.lines == []
    for number in range(ROUNDS):
        scene = begin(stage, kind, first, second)
        steps = [
            act.do(browser, scene) for act, browser in zip((first, second), browsers, strict=True)
        ]
        statuses = at_once(threads, steps, seed=f"{kind} {first} {second} {number}")
        logged, errors.lines[:] = list(errors.lines), []
        assert logged == [], statuses
        for status, possible in zip(statuses, answers, strict=True):
            assert said(status) in possible, statuses
        kept = kept_of(scene, kind)
        assert kept in [each for _, each in orders], differences(kept, orders)


def test_nothing_speaks_of_what_is_no_more(stage: Stage) -> None:
    assert flaws() == []

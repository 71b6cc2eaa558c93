"""Two actions that meet on one post or listing end as if one had come after the other.

For each pair of actions the two orders are played one after the other first. Then both begin at
the same moment: what is kept must be what one of the two orders keeps, and each is answered as in
one of them. Rounds a pair: ``MADANG_ROUNDS``.
"""

import logging
import os
import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations_with_replacement
from typing import Any

import pytest
from django.db import connections

from madang.community.boards.contribution import Contribution
from madang.community.boards.models import Post
from madang.community.market.models import Listing

from .acts import DONE, ON_LISTING, ON_POST, REFUSED, Act, Browser
from .scene import Scene, Stage, decisions_on, flaws, state_of

ROUNDS = int(os.environ.get("MADANG_ROUNDS", "3"))
PATIENCE_SECONDS = 60
PAIRS = [
    *((Post, *pair) for pair in combinations_with_replacement(ON_POST, 2)),
    *((Listing, *pair) for pair in combinations_with_replacement(ON_LISTING, 2)),
]
_orders: dict[str, list[Any]] = {}


class Errors(logging.Handler):
    """Keeps what is logged as an error, by any thread."""

    def __init__(self) -> None:
        super().__init__(level=logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def errors() -> Iterator[Errors]:
    handler = Errors()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture(scope="module")
def stage(real_database: str) -> Stage:
    """Where the scenes of one database are made."""
    return Stage()


@pytest.fixture(scope="module")
def threads(real_database: str) -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with a connection of its own."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
        barrier = threading.Barrier(2)

        def close() -> None:
            barrier.wait()
            connections.close_all()

        for each in [pool.submit(close) for _ in range(2)]:
            each.result()


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


def at_once(
    threads: ThreadPoolExecutor, browsers: list[Browser], scene: Scene, *acts: Act, seed: str
) -> list[int]:
    """Play both at the same moment, one of them a few thousandths of a second later at times."""
    barrier = threading.Barrier(len(acts))
    draw = random.Random(seed)
    late, pause = draw.randrange(len(acts)), draw.choice((0, 0.001, 0.003, 0.006))

    def run(number: int, step: Callable[[], int]) -> int:
        barrier.wait(PATIENCE_SECONDS)
        if number == late and pause:
            threading.Event().wait(pause)
        return step()

    steps = [act.do(browser, scene) for act, browser in zip(acts, browsers, strict=True)]
    running = [threads.submit(run, number, step) for number, step in enumerate(steps)]
    return [each.result(PATIENCE_SECONDS) for each in running]


def differences(kept: dict[str, Any], orders: list[Any]) -> list[Any]:
    """Name what is kept otherwise than after each order, with what it is after that."""
    return [
        {name: (kept[name], each[name]) for name in kept if kept[name] != each[name]}
        for _, each in orders
    ]


@pytest.fixture(scope="module")
def browsers() -> list[Browser]:
    return [Browser(), Browser()]


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
        statuses = at_once(
            threads, browsers, scene, first, second, seed=f"{kind} {first} {second} {number}"
        )
        logged, errors.lines[:] = list(errors.lines), []
        assert logged == [], statuses
        for status, possible in zip(statuses, answers, strict=True):
            assert said(status) in possible, statuses
        kept = kept_of(scene, kind)
        assert kept in [each for _, each in orders], differences(kept, orders)


def test_nothing_speaks_of_what_is_no_more(stage: Stage) -> None:
    assert flaws() == []

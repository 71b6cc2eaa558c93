"""Models that share a trunk read a text one after the other, and pay for the trunk once."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board
from madang.community.inference import prediction, tasks
from madang.community.inference.models import Answer
from madang.community.inference.vectors import store
from madang.runtime.trunk import Trunk

KINDS = {prediction.ADS: "first", prediction.ENTITIES: "tags", prediction.SENTENCE: "vectors"}
NUM_POSTS = 7


@pytest.fixture
def runs(
    on_trunk: dict[str, Path], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[bytes]]:
    """The token ids of every run of the trunk, on which all models of the site stand."""
    for kind, name in KINDS.items():
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", str(on_trunk[name]))
    found: list[bytes] = []
    run = Trunk.run

    def counted(self: Trunk, ids_BT: Any, mask_BT: Any) -> Any:
        found.append(ids_BT.tobytes())
        return run(self, ids_BT, mask_BT)

    monkeypatch.setattr(Trunk, "run", counted)
    # A reason asks for the text with some of its words deleted: those are other texts.
    monkeypatch.setattr(prediction, "REASONED", dict.fromkeys(prediction.REASONED, frozenset()))
    monkeypatch.setattr(transaction, "on_commit", lambda act, **_: act())
    prediction.forget()
    yield found
    prediction.forget()
    store.forget()


def write(board: Board, author: User, number: int) -> None:
    words = random.Random(number).choices(
        ("가", "나", "다", "마에서", "할인", "문의"), k=5 + 20 * number
    )
    body = " ".join(words)
    boards.write_post(board=board, author=author, title=f"나 바에서 {number}", body=body)


def test_a_pass_over_waiting_texts_runs_the_trunk_once_a_window_of_each(
    board: Board, author: User, settings: Any, runs: list[bytes]
) -> None:
    """However many texts wait: what the trunk keeps holds one of them, not all."""
    folders = {kind: getattr(settings, f"MADANG_{kind.upper()}_MODEL") for kind in KINDS}
    for kind in KINDS:
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", "")
    for number in range(NUM_POSTS):
        write(board, author, number)
    for kind, folder in folders.items():
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", folder)
    assert tasks.read_unread.func() == len(KINDS) * NUM_POSTS
    (trunk,) = {id(each): each for each in trunks()}.values()
    trunk.kept_bytes = 600 * trunk.width * 4  # the windows of the longest text, not of all
    runs.clear()
    assert tasks.read_waiting.func() == len(KINDS) * NUM_POSTS
    assert Answer.objects.count() == len(KINDS) * NUM_POSTS
    assert len(runs) == len(set(runs)) > NUM_POSTS
    assert sum(map(len, runs)) > 2 * 600 * 8  # bytes of ids: far more than was kept


def trunks() -> list[Trunk]:
    return [
        breaker._model._runner._trunk
        for kind, breaker in prediction._breakers.items()
        if kind in KINDS
    ]


def test_a_new_post_is_read_by_all_models_and_once_by_the_trunk(
    board: Board, author: User, runs: list[bytes]
) -> None:
    write(board, author, 0)  # which loads the models, one after the other
    runs.clear()
    write(board, author, 2)
    assert len(runs) == len(set(runs)) >= 1
    assert set(Answer.objects.values_list("kind", flat=True)) == set(KINDS)

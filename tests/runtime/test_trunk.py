"""Models on one trunk share its session; a text that several of them read runs through it once."""

import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from madang.errors import CheckpointError
from madang.runtime import trunk as trunk_module
from madang.runtime.trunk import Trunk
from madang.serving import load

SHORT = ["가 마에서 산책하고 할인 문의", "나 바에서 산책", "다"]
LONG = "다라 바에서 할인 " * 20


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The token ids of every run of a trunk's session."""
    found: list[bytes] = []
    run = Trunk.run

    def counted(self: Trunk, ids_BT: Any, mask_BT: Any) -> Any:
        found.append(ids_BT.tobytes())
        return run(self, ids_BT, mask_BT)

    monkeypatch.setattr(Trunk, "run", counted)
    return found


@pytest.fixture
def models(on_trunk: dict[str, Path]) -> Iterator[dict[str, Any]]:
    """A classifier, a tagger and a sentence encoder on one trunk."""
    found = {name: load(on_trunk[name], num_threads=2) for name in ("first", "tags", "vectors")}
    yield found
    found.clear()
    gc.collect()


def trunk_of(model: Any) -> Trunk:
    trunk: Trunk = model._runner._trunk
    return trunk


def ask_all(models: dict[str, Any], texts: list[str]) -> list[bytes]:
    """Return what all models say, to the bit."""
    tagged = models["tags"].tag(texts)
    return [
        models["first"].probabilities(texts).tobytes(),
        np.array([each.probability for found in tagged for each in found]).tobytes(),
        models["vectors"].embed(texts).tobytes(),
    ]


def test_one_session_serves_all_models_on_a_trunk_and_goes_with_the_last(
    on_trunk: dict[str, Path],
) -> None:
    first, second = load(on_trunk["first"]), load(on_trunk["vectors"])
    assert trunk_of(first) is trunk_of(second)
    sha256 = trunk_of(first).sha256
    del first
    gc.collect()
    assert sha256 in trunk_module._trunks
    del second
    gc.collect()
    assert sha256 not in trunk_module._trunks


def test_a_text_that_three_models_read_runs_through_the_trunk_once(
    models: dict[str, Any], runs: list[bytes]
) -> None:
    ask_all(models, SHORT)
    assert len(runs) == len(set(runs)) == len(SHORT)
    for text in SHORT:
        ask_all(models, [text])
    assert len(runs) == len(SHORT)


def test_so_do_the_windows_of_a_long_text(models: dict[str, Any], runs: list[bytes]) -> None:
    models["first"].classify([LONG])
    assert len(runs) == len(set(runs)) > 3
    before = len(runs)
    models["vectors"].embed([LONG])
    assert len(runs) == before


def test_answers_are_the_same_bit_by_bit_with_and_without_what_is_kept(
    models: dict[str, Any], runs: list[bytes]
) -> None:
    texts = [*SHORT, LONG]
    first = ask_all(models, texts)
    again = ask_all(models, texts)
    num_kept = len(runs)
    trunk_of(models["first"]).kept_bytes = 0
    without = ask_all(models, texts)
    assert len(runs) >= num_kept + 3 * len(texts)
    assert first == again == without


def test_a_single_model_keeps_nothing(on_trunk: dict[str, Path], runs: list[bytes]) -> None:
    """A table of 50,000 rows pays for no copy that nobody asks for."""
    gc.collect()
    only = load(on_trunk["first"])
    for _ in range(2):
        only.classify(SHORT, reasons=False)
    assert len(runs) == 2 * len(SHORT)
    assert not trunk_of(only)._kept


def test_what_is_kept_is_bounded_and_the_oldest_goes_first(
    models: dict[str, Any], runs: list[bytes]
) -> None:
    trunk = trunk_of(models["first"])
    rows = [np.array([[2, number, 3]]) for number in range(5, 15)]
    trunk.kept_bytes = 3 * rows[0].size * trunk.width * 4
    for row in rows:
        trunk.read(row, np.ones_like(row))
        held = sum(each.result().nbytes for each in trunk._kept.values())
        assert held == trunk._num_bytes <= trunk.kept_bytes
    assert list(trunk._kept) == [row.tobytes() for row in rows[-3:]]
    trunk.read(rows[-3], np.ones_like(rows[-3]))  # asked for again, it is the youngest
    trunk.read(rows[0], np.ones_like(rows[0]))
    assert rows[-3].tobytes() in trunk._kept
    assert rows[-2].tobytes() not in trunk._kept
    long = np.full((1, 30), 7)  # longer than all that may be kept
    trunk.read(long, np.ones_like(long))
    assert long.tobytes() not in trunk._kept


def test_padding_and_several_rows_are_never_kept(models: dict[str, Any]) -> None:
    trunk = trunk_of(models["first"])
    before = set(trunk._kept)
    ids_BT = np.array([[2, 7, 8, 3], [2, 9, 3, 0]])
    mask_BT = np.array([[1, 1, 1, 1], [1, 1, 1, 0]])
    hidden_BTD = trunk.read(ids_BT, mask_BT)
    alone_TD = trunk.read(ids_BT[1:, :3], mask_BT[1:, :3])[0]
    np.testing.assert_allclose(hidden_BTD[1, :3], alone_TD, atol=1e-5)
    trunk.read(ids_BT[1:], mask_BT[1:])
    assert set(trunk._kept) - before == {ids_BT[1:, :3].tobytes()}


def test_threads_that_ask_at_once_compute_once_and_get_the_same(
    models: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second thread asks while the first one still computes."""
    trunk, is_inside, may_end = trunk_of(models["first"]), threading.Event(), threading.Event()
    run, num_runs = Trunk.run, []

    def slow(self: Trunk, ids_BT: Any, mask_BT: Any) -> Any:
        num_runs.append(1)
        is_inside.set()
        assert may_end.wait(30)
        return run(self, ids_BT, mask_BT)

    monkeypatch.setattr(Trunk, "run", slow)
    ids_BT = np.array([[2, 11, 12, 3]])
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(trunk.read, ids_BT, np.ones_like(ids_BT))]
        assert is_inside.wait(30)
        asked += [pool.submit(trunk.read, ids_BT, np.ones_like(ids_BT)) for _ in range(2)]
        may_end.set()
        found = [each.result() for each in asked]
    assert len(num_runs) == 1
    assert found[0] is found[1] is found[2]


def test_many_threads_get_what_one_gets(models: dict[str, Any]) -> None:
    trunk = trunk_of(models["first"])
    trunk.kept_bytes = 4 * 5 * trunk.width * 4  # so little that texts drive each other out
    rows = [np.array([[2, number % 9 + 5, 7, number % 4 + 5, 3]]) for number in range(60)]
    expected = [trunk.run(row, np.ones_like(row)).tobytes() for row in rows]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: trunk.read(row, np.ones_like(row)).tobytes(), rows * 5))
    assert found == expected * 5
    assert trunk._num_bytes <= trunk.kept_bytes


def test_a_failure_is_nobody_elses_answer(models: dict[str, Any]) -> None:
    """An id beyond the table fails each time, and takes no place from texts that can be read."""
    trunk = trunk_of(models["first"])
    before = list(trunk._kept), trunk._num_bytes
    bad = np.array([[2, 10**6, 3]])
    for _ in range(2):
        with pytest.raises(CheckpointError, match="The graph fails"):
            trunk.read(bad, np.ones_like(bad))
    assert (list(trunk._kept), trunk._num_bytes) == before


def test_a_vector_that_is_kept_can_not_be_written_into(models: dict[str, Any]) -> None:
    ids_BT = np.array([[2, 6, 3]])
    hidden_BTD = trunk_of(models["first"]).read(ids_BT, np.ones_like(ids_BT))
    with pytest.raises(ValueError, match="read-only"):
        hidden_BTD[0] = 0

"""A text that a model can not get done with is its own trouble, and nobody else's."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from madang.community.inference import circuit_breaker, prediction


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """Until it is set, poisonous texts keep the model; afterwards no thread is left."""
    event = threading.Event()
    yield event
    let_go(event)


@pytest.fixture
def poisonous(
    monkeypatch: pytest.MonkeyPatch, model: Any, released: threading.Event
) -> Callable[[str], Any]:
    """Let the model never be done with 독, and fail on 탈; the limit of time is short."""
    answer = model.classify

    def classify(texts: list[str], **_: object) -> Any:
        if "독" in texts[0]:
            released.wait(30)
        if "탈" in texts[0]:
            raise ValueError("can not be read")
        return answer(texts)

    monkeypatch.setattr(model, "classify", classify)
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(circuit_breaker, "LONG_SECONDS", 0.05)
    prediction.read(prediction.ADS, "먼저 연다")
    return classify


def num_threads() -> int:
    return sum(thread.name == "inference" for thread in threading.enumerate())


def let_go(released: threading.Event) -> None:
    """Let what still runs come to its end."""
    released.set()
    deadline = time.monotonic() + 10
    while num_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not num_threads()


def ask(text: str) -> str | None:
    """Return the label, or None where there is none now."""
    try:
        return str(prediction.read(prediction.ADS, text).value["label"])
    except prediction.ModelUnavailableError:
        return None


def ask_all(texts: list[str]) -> list[str | None]:
    with ThreadPoolExecutor(len(texts)) as people:
        return list(people.map(ask, texts))


def test_one_poisonous_text_keeps_no_answer_from_fifty_others(poisonous: Any) -> None:
    texts = [f"{number}번째 글" for number in range(50)]
    meanwhile = ask_all(["독", *texts])
    assert meanwhile == [None, *["ordinary"] * 50]
    assert ask_all(texts) == ["ordinary"] * 50
    assert not prediction.is_failing(prediction.ADS)


def test_several_poisonous_texts_one_after_the_other_pause_nobody(poisonous: Any) -> None:
    for number in range(3):
        assert ask(f"독 {number}") is None
        assert ask(f"{number}번째 글") == "ordinary"
        assert not prediction.is_failing(prediction.ADS)
    time.sleep(circuit_breaker.TIMEOUT_SECONDS * 1.5)  # a pause would have begun by now
    assert ask("글") == "ordinary"


def test_several_poisonous_texts_at_once_let_others_pass(poisonous: Any) -> None:
    poison = [f"독 {number}" for number in range(6)]
    with ThreadPoolExecutor(len(poison)) as people:
        asked = people.map(ask, poison)
        time.sleep(circuit_breaker.LONG_SECONDS)
        assert ask_all([f"{number}번째 글" for number in range(50)]) == ["ordinary"] * 50
        assert list(asked) == [None] * 6
    assert ask_all([f"{number}번째 글" for number in range(50)]) == ["ordinary"] * 50


def test_the_same_poisonous_text_is_not_read_twice_at_a_time(poisonous: Any) -> None:
    assert ask("독") is None
    before = num_threads()
    for _ in range(20):
        assert ask("독") is None
    assert num_threads() <= before
    with pytest.raises(prediction.ModelUnavailableError, match="not done with this text"):
        prediction.read(prediction.ADS, "독", patient=True)


def test_however_many_poisonous_texts_there_are_few_threads_run(
    poisonous: Any, monkeypatch: pytest.MonkeyPatch, released: threading.Event
) -> None:
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 0.02)
    monkeypatch.setattr(circuit_breaker, "LONG_SECONDS", 0.01)
    for _ in range(3):
        ask_all([f"독 {number}" for number in range(30)])
    assert num_threads() <= circuit_breaker.NUM_PLACES + circuit_breaker.NUM_LONG + 1
    let_go(released)
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 1.0)
    assert prediction.read(prediction.ADS, "글", patient=True).value["label"] == "ordinary"


def test_texts_on_which_the_model_fails_pause_nobody(poisonous: Any) -> None:
    for number in range(5):
        assert ask(f"탈 {number}") is None
        assert ask("글") == "ordinary"
    assert not prediction.is_failing(prediction.ADS)


def test_a_poisonous_text_is_answered_once_the_model_gets_done_with_it(
    poisonous: Any, released: threading.Event
) -> None:
    assert ask("독") is None
    let_go(released)
    assert ask("독") == "ordinary"


def test_a_model_that_answers_nothing_any_more_is_paused_and_asked_again_later(
    poisonous: Any, model: Any, released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    works = model.classify

    def hangs(texts: list[str], **_: object) -> Any:
        released.wait(30)
        return works(texts)

    monkeypatch.setattr(model, "classify", hangs)
    assert ask("글") is None
    time.sleep(circuit_breaker.TIMEOUT_SECONDS * 1.5)
    assert prediction.is_failing(prediction.ADS)
    began = time.perf_counter()
    assert ask_all([f"{number}번째 글" for number in range(50)]) == [None] * 50
    assert time.perf_counter() - began < circuit_breaker.TIMEOUT_SECONDS  # nobody waited
    let_go(released)
    assert prediction.read(prediction.ADS, "글", patient=True).value["label"] == "ordinary"
    assert ask("글") == "ordinary"


def test_a_model_that_fails_on_everything_is_paused_at_once(
    poisonous: Any, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(texts: list[str], **_: object) -> Any:
        raise MemoryError

    monkeypatch.setattr(model, "classify", fails)
    assert ask("글") is None
    assert prediction.is_failing(prediction.ADS)

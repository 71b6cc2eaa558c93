"""The door to the model: lazy, shared, and never in the way."""

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from madang.community.inference import circuit_breaker, prediction


def test_the_model_is_loaded_once_for_all_threads(
    monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    loads = []

    def load(name: str) -> Any:
        loads.append(name)
        time.sleep(0.05)
        return model

    monkeypatch.setattr(prediction, "load_classifier", load)
    threads = [threading.Thread(target=prediction.judge, args=("글",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["ads"]
    assert model.asked == ["글"] * 8


def test_an_answer_names_its_model_and_its_reasons(model: Any) -> None:
    answer = prediction.judge("오늘 공구 열어요")
    assert (answer.label, answer.model_name, answer.model_version) == ("ad", "ads", "words-1")
    assert [(reason.start, reason.end) for reason in answer.reasons] == [(3, 5)]
    assert prediction.model_version() == "words-1"


def test_a_greeting_is_not_accused_whatever_the_model_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prediction, "FEWEST_LETTERS", 30)
    short, long = prediction.judge("공구 😀"), prediction.judge("공구 " + "가" * 28)
    assert short.label == "ordinary"
    assert short.ad_probability == long.ad_probability
    assert long.label == "ad"


@pytest.mark.parametrize("error", [OSError("gone"), ImportError("no runtime"), ValueError("bad")])
def test_a_model_that_can_not_be_loaded_is_unavailable_and_left_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    tries = []

    def load(name: str) -> Any:
        tries.append(name)
        raise error

    monkeypatch.setattr(prediction, "load_classifier", load)
    for _ in range(3):
        with pytest.raises(prediction.ModelUnavailableError):
            prediction.judge("글")
    assert len(tries) == 1
    assert "ads" in caplog.text


def test_a_patient_question_asks_again_at_once(model: Any) -> None:
    model.failure = RuntimeError("busy")
    with pytest.raises(prediction.ModelUnavailableError):
        prediction.judge("글")
    model.failure = None
    with pytest.raises(prediction.ModelUnavailableError):
        prediction.judge("글")
    assert prediction.judge("글", patient=True).label == "ordinary"
    assert prediction.judge("글").label == "ordinary"


def test_a_slow_model_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, model: Any) -> None:
    released = threading.Event()
    answer: Callable[..., Any] = model.classify

    def slow(texts: list[str]) -> Any:
        released.wait(5)
        return answer(texts)

    prediction.judge("글")
    monkeypatch.setattr(model, "classify", slow)
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 0.05)
    started = time.perf_counter()
    for _ in range(3):
        with pytest.raises(prediction.ModelUnavailableError):
            prediction.judge("글")
    released.set()
    assert time.perf_counter() - started < 0.5


def test_a_model_can_be_loaded_ahead_and_a_failure_there_disturbs_nobody(
    monkeypatch: pytest.MonkeyPatch, model: Any
) -> None:
    loads: list[str] = []

    def load(name: str) -> Any:
        loads.append(name)
        if len(loads) == 1:
            raise OSError("not yet")
        return model

    monkeypatch.setattr(prediction, "load_classifier", load)
    prediction.warm_up()
    while not loads:
        time.sleep(0.001)
    assert prediction.judge("글").label == "ordinary"
    assert len(loads) == 2


def test_a_model_with_other_labels_is_refused_by_name(
    model: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model), "labels", ("negative", "positive"))
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(prediction.ModelUnavailableError, match="ordinary"),
    ):
        prediction.judge("글")
    assert "positive" in caplog.text


def test_the_door_imports_no_runtime_before_it_is_used() -> None:
    code = (
        "import sys, madang.community.inference.prediction;"
        "sys.exit(any(name.startswith(('onnxruntime', 'madang.serving')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

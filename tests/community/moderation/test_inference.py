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
    threads = [
        threading.Thread(target=prediction.read, args=(prediction.ADS, "글")) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["ads"]
    assert model.asked == ["글"] * 8


def test_an_answer_names_its_model_and_its_reasons(model: Any) -> None:
    reply = prediction.read(prediction.ADS, "오늘 공구 열어요")
    found = (reply.value["label"], reply.model_name, reply.model_version)
    assert found == ("ad", "ads", "words-1")
    assert reply.value["reasons"] == [[3, 5, 1.0]]
    assert (reply.value["threshold"], reply.value["is_truncated"]) == (0.5, False)
    assert prediction.model_version(prediction.ADS) == "words-1"


def test_where_there_is_nothing_to_judge_the_answer_says_so(model: Any) -> None:
    greeting = prediction.read(prediction.ADS, "\u3164").value
    assert (greeting["label"], greeting["probabilities"], greeting["reasons"]) == (None, {}, [])


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
            prediction.read(prediction.ADS, "글")
    assert len(tries) == 1
    assert "ads" in caplog.text


def test_a_patient_question_asks_again_at_once(model: Any) -> None:
    model.failure = RuntimeError("busy")
    with pytest.raises(prediction.ModelUnavailableError):
        prediction.read(prediction.ADS, "글")
    model.failure = None
    with pytest.raises(prediction.ModelUnavailableError):
        prediction.read(prediction.ADS, "글")
    assert prediction.read(prediction.ADS, "글", patient=True).value["label"] == "ordinary"
    assert prediction.read(prediction.ADS, "글").value["label"] == "ordinary"


def test_a_slow_model_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, model: Any) -> None:
    released = threading.Event()
    answer: Callable[..., Any] = model.classify

    def slow(texts: list[str], **_: object) -> Any:
        released.wait(5)
        return answer(texts)

    prediction.read(prediction.ADS, "글")
    monkeypatch.setattr(model, "classify", slow)
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 0.05)
    started = time.perf_counter()
    for _ in range(3):
        with pytest.raises(prediction.ModelUnavailableError):
            prediction.read(prediction.ADS, "글")
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
    assert prediction.read(prediction.ADS, "글").value["label"] == "ordinary"
    assert len(loads) == 2


def test_a_model_with_other_labels_is_refused_by_name(
    model: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(model), "labels", ("negative", "positive"))
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(prediction.ModelUnavailableError, match="ordinary"),
    ):
        prediction.read(prediction.ADS, "글")
    assert "positive" in caplog.text


def test_the_door_imports_no_runtime_before_it_is_used() -> None:
    code = (
        "import sys, madang.community.inference.prediction;"
        "sys.exit(any(name.startswith(('onnxruntime', 'madang.serving')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

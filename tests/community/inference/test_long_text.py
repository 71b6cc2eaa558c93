"""Of a long text the shipped models read the beginning and the end, and the site says so."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from madang.community.inference import prediction
from madang.community.inference.actions import answer_to
from madang.community.inference.circuit_breaker import CircuitBreaker
from madang.formats import catalogue
from madang.tasks.reason import FEWEST_PASSES

SENTENCE = "아침에 일어나 창을 열고 물을 마셨다. 바람이 선선해서 한참을 그대로 서 있었다. "
MIDDLE = (SENTENCE * 500)[:19_500]
SHIPPED = [kind for kind in prediction.KINDS if kind in catalogue.names()]
KNOWN_KINDS = pytest.mark.parametrize("kind", SHIPPED)


@pytest.fixture
def shipped(settings: Any) -> Iterator[None]:
    """Put the shipped models behind the doors."""
    for kind in prediction.KINDS:
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", kind)
    prediction.forget()
    yield
    prediction.forget()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, shipped: None) -> list[tuple[str, int]]:
    """What any session of ONNX Runtime is given: which input, and how long."""
    from madang.runtime.onnx import OnnxRunner

    seen: list[tuple[str, int]] = []
    run: Callable[..., Any] = OnnxRunner._run_one

    def note(runner: OnnxRunner, text: Any) -> Any:
        seen.extend((name, len(row)) for name, row in text.items())
        return run(runner, text)

    monkeypatch.setattr(OnnxRunner, "_run_one", note)
    return seen


def ask(kind: str, text: str) -> Any:
    return prediction.read(kind, text, patient=True)


@KNOWN_KINDS
def test_no_model_works_longer_on_a_long_text_than_on_one_of_the_stated_length(
    kind: str, given: list[tuple[str, int]]
) -> None:
    ask(kind, "먼저 모델을 열어 둔다.")
    work = []
    for text in (MIDDLE[:5000], MIDDLE, MIDDLE * 10, "가 나 " * 50_000):
        given.clear()
        ask(kind, text)
        work.append(sum(length for name, length in given if name == "input_ids"))
    # Windows overlap by a quarter; the model of advertising is joined by a second encoder.
    num_encoders = 2 if kind == prediction.ADS else 1
    most = 1.5 * prediction.MAX_TOKENS * num_encoders
    if kind in prediction.REASONED:
        # Where a label accuses, its reasons cost a few readings more.
        assert max(work) < most * (1 + FEWEST_PASSES)
    else:
        assert max(work) < most
        assert max(work[1:]) < 1.5 * work[0]


@KNOWN_KINDS
def test_what_stands_in_the_middle_changes_no_answer_and_the_answer_says_so(
    kind: str, shipped: None
) -> None:
    beginning, end = SENTENCE * 60, SENTENCE * 60
    answers = [
        ask(kind, beginning + middle + end) for middle in (MIDDLE[:6000], "꺼져라 벌레들. " * 600)
    ]
    assert answers[0].value["is_truncated"] is True
    assert ask(kind, SENTENCE).value["is_truncated"] is False
    if kind == prediction.SENTENCE:
        assert answers[0].vector.tolist() == answers[1].vector.tolist()
    if kind != prediction.ENTITIES:
        assert answers[0].value.get("probabilities") == answers[1].value.get("probabilities")


def test_what_stands_at_the_end_is_read(shipped: None) -> None:
    last = "야 이 벌레 같은 놈들아 다 꺼져라. " * 20
    values = [
        prediction.read(prediction.HATE, text, patient=True).value
        for text in (MIDDLE, MIDDLE + last)
    ]
    assert values[0]["probabilities"] != values[1]["probabilities"]


def test_names_at_the_end_of_a_long_text_stand_where_the_person_wrote_them(shipped: None) -> None:
    first, last = "김연아는 어제 서울에서 공연했다. ", " 박지성은 내일 부산으로 떠난다."
    text = first + MIDDLE + last
    value = prediction.read(prediction.ENTITIES, text, patient=True).value
    found = {text[start:end]: start for start, end, _, _ in value["entities"]}
    assert found["김연아"] == text.index("김연아")
    assert found["박지성"] == text.index("박지성") > 19_000
    assert found["부산"] == text.index("부산")


@pytest.mark.parametrize("kind", [prediction.ADS, prediction.SENTIMENT, prediction.HATE])
def test_reasons_of_a_long_text_are_words_of_it(
    kind: str, shipped: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(prediction.REASONED, kind, prediction.LABELS[kind])
    last = " 공구 오픈! 할인 코드 받아 가세요 벌레 같은 놈들 정말 최고예요 꺼져라"
    text = "".join(f"{number}번째 낱말, " for number in range(2000)) + last
    answer = ask(kind, text)
    reasons = [(start, end) for start, end, _ in answer.value["reasons"]]
    assert reasons
    for start, end in reasons:
        # From the beginning of a word, none of which is the half of one that was cut.
        assert start < end
        assert start == 0 or text[start - 1].isspace()
        assert end - start < 200


class Reader:
    """Stand in for a model of a kind that the site does not have yet."""

    version = "1"

    def excerpt(self, text: str, *, max_tokens: int) -> str:
        return text[:max_tokens]


def test_a_further_model_can_not_forget_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setitem(
        prediction._READERS, "sixth", lambda kind, excerpt, model: given.append(excerpt)
    )
    door = CircuitBreaker(Reader, probe=lambda model: None, describe=lambda: "sixth")
    monkeypatch.setitem(prediction._breakers, "sixth", door)
    prediction.read("sixth", "가" * 20_000)
    assert given == ["가" * prediction.MAX_TOKENS]


def test_a_kept_answer_says_that_the_middle_was_not_read(shipped: None, db: None) -> None:
    answer = answer_to(prediction.SENTENCE, MIDDLE, patient=True)
    assert answer.value["is_truncated"] is True
    assert answer.vector is not None

"""Texts are read once, at once or later; one that always fails keeps nobody waiting."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction, tasks
from madang.community.inference.models import Answer, Reading
from madang.community.inference.schedule import MAX_FAILURES, delay_after_failures

pytestmark = pytest.mark.usefixtures("all_models")


@pytest.fixture(autouse=True)
def _sentences_alone(all_models: None, settings: Any) -> None:
    """Keep to one model, whose failures are easy to make."""
    for kind in ("SPAM", "ADS", "HATE", "ENTITIES", "SENTIMENT"):
        setattr(settings, f"MADANG_{kind}_MODEL", "")


def write(board: Board, author: User, title: str) -> Post:
    return boards.write_post(board=board, author=author, title=title, body="본문")


def waiting() -> list[str]:
    readings = Reading.objects.filter(is_waiting=True)
    return sorted(reading.contribution.title for reading in readings)


def let_time_pass() -> None:
    """Bring the moment of every retry to now."""
    Reading.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now())


def test_a_text_waits_where_the_model_fails_and_is_read_when_it_is_back(
    database: str, embedder: Any
) -> None:
    board = Board.objects.create(slug="free", name="자유")
    author = User.objects.create_user("은하")
    embedder.failure = RuntimeError("down")
    write(board, author, "빵")
    assert waiting() == ["빵"]
    assert DBTaskResult.objects.filter(task_path=tasks.read_waiting.module_path).count() == 1
    embedder.failure = None
    assert tasks.read_waiting.func() == 1
    assert waiting() == []


def test_three_texts_that_always_fail_keep_no_later_text_waiting(
    board: Board, author: User, embedder: Any
) -> None:
    embedder.failure = RuntimeError("down")
    for number in range(3):
        write(board, author, f"독 {number}")
    write(board, author, "빵")
    embedder.failure, embedder.poison = None, "독"
    assert tasks.read_waiting.func() == 1
    assert waiting() == ["독 0", "독 1", "독 2"]


def test_a_text_is_tried_later_and_later_and_then_shown_to_the_operator(
    board: Board, author: User, embedder: Any, as_moderator: Client
) -> None:
    embedder.poison = "독"
    write(board, author, "독 한 방울")
    pauses = []
    for _ in range(MAX_FAILURES):
        let_time_pass()
        tasks.read_waiting.func()
        reading = Reading.objects.get()
        pauses.append(reading.retry_at and reading.retry_at - timezone.now())
    assert [pause and round(pause.total_seconds() / 60) for pause in pauses] == [
        *(1, 4, 16, 64, 256),
        None,
    ]
    asked = len(embedder.asked)
    let_time_pass()
    assert tasks.read_waiting.func() == 0
    assert len(embedder.asked) == asked
    html = as_moderator.get("/models/").content.decode()
    assert "독 한 방울" in html
    assert "can not be read" in html
    embedder.poison = None
    as_moderator.post("/models/retry/")
    assert tasks.read_waiting.func() == 1


def test_a_model_that_is_down_is_no_texts_fault(board: Board, author: User, embedder: Any) -> None:
    embedder.failure = RuntimeError("down")
    write(board, author, "빵")
    DBTaskResult.objects.all().delete()
    for _ in range(MAX_FAILURES + 2):
        let_time_pass()
        assert tasks.read_waiting.func(attempt=3) == 0
    assert Reading.objects.get().num_failures == 0
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["kwargs"] == {"attempt": 4}
    assert task.run_after - timezone.now() > timedelta(seconds=150)


def test_what_a_new_model_has_not_seen_is_read_in_the_background(
    board: Board, author: User, embedder: Any, settings: Any
) -> None:
    settings.MADANG_SENTENCE_MODEL = ""
    posts = [write(board, author, f"빵 {number}") for number in range(3)]
    settings.MADANG_SENTENCE_MODEL = "sentence"
    assert tasks.read_unread.func() == 3
    assert tasks.read_waiting.func() == 3
    prediction.forget()
    type(embedder).version, before = "sentence-2", type(embedder).version
    try:
        assert tasks.read_unread.func() == 3
        assert Reading.objects.exclude(answer=None).count() == 3  # the old answers serve meanwhile
        assert tasks.read_waiting.func() == 3
        assert tasks.read_unread.func() == 0
    finally:
        type(embedder).version = before
    assert Answer.objects.filter(model_version="sentence-2").count() == len(posts)


def test_a_long_run_lets_other_tasks_have_their_turn(
    board: Board, author: User, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedder.failure = RuntimeError("down")
    write(board, author, "빵")
    embedder.failure = None
    monkeypatch.setattr(tasks, "SECONDS_A_RUN", -1.0)
    assert tasks.read_waiting.func() == 0
    assert DBTaskResult.objects.get().run_after <= timezone.now()


def test_a_text_changed_behind_our_back_is_read_as_it_is(
    board: Board, author: User, embedder: Any
) -> None:
    embedder.failure = RuntimeError("down")
    post = write(board, author, "빵")
    Post.objects.filter(pk=post.pk).update(title="고양이")
    embedder.failure = None
    assert tasks.read_waiting.func() == 1
    assert waiting() == []


def test_a_post_deleted_meanwhile_troubles_nobody(
    board: Board, author: User, embedder: Any
) -> None:
    embedder.failure = RuntimeError("down")
    write(board, author, "빵").delete()
    embedder.failure = None
    assert tasks.read_waiting.func() == 0


def test_an_absent_model_turns_off_what_needs_it_and_says_so_once(
    board: Board,
    author: User,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    as_moderator: Client,
) -> None:
    monkeypatch.undo()
    settings.MADANG_ENTITIES_MODEL, settings.MADANG_SENTENCE_MODEL = "no-such-model", ""
    prediction.forget()
    for number in range(3):
        write(board, author, f"빵 {number}")
    assert not Reading.objects.exists()
    assert [record.message.count("no-such-model") > 0 for record in caplog.records] == [True]
    html = as_moderator.get("/models/").content.decode()
    assert "없음" in html
    prediction.forget()


@pytest.mark.parametrize("person", ["as_author", "as_stranger", "anonymous"])
def test_the_operators_page_is_for_moderators(person: str, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(person)
    assert client.get("/models/").status_code in (302, 403)
    assert client.post("/models/retry/").status_code in (302, 403)


def test_pauses_grow() -> None:
    pauses = [delay_after_failures(number) for number in range(1, MAX_FAILURES)]
    assert pauses == sorted(pauses)

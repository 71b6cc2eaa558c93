"""The worker of tasks: what it takes up, what it waits for, and what it gives up."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post
from madang.community.inference.models import Reading
from madang.community.inference.tasks import read_waiting
from madang.community.moderation.models import Case
from madang.community.recommendations.tasks import prepare
from madang.community.serve import worker

PATIENCE_SECONDS = 60
READY, RUNNING = TaskResultStatus.READY, TaskResultStatus.RUNNING
FAILED, SUCCESSFUL = TaskResultStatus.FAILED, TaskResultStatus.SUCCESSFUL


def leave_behind(*worker_ids: str, age: timedelta = timedelta()) -> DBTaskResult:
    """Order a task and have it begun by workers that are no more."""
    prepare.enqueue(person_id=0)
    left = DBTaskResult.objects.get(status=READY)
    left.status, left.worker_ids = RUNNING, list(worker_ids)
    left.started_at = timezone.now() - age
    left.save()
    return left


def test_what_an_earlier_worker_in_our_place_left_behind_is_run(database: str) -> None:
    left = leave_behind("us")
    assert worker.TaskWorker(worker_id="us").run_next()
    left.refresh_from_db()
    assert (left.status, left.worker_ids) == (SUCCESSFUL, ["us", "us"])


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(minutes=10), RUNNING),
        (timedelta(hours=2), READY),
        (timedelta(days=-365), READY),  # begun while the clock was wrong
    ],
)
def test_what_another_worker_runs_is_its_own_for_an_hour(
    database: str, age: timedelta, status: str
) -> None:
    left = leave_behind("another", age=age)
    worker.take_up_abandoned("us")
    left.refresh_from_db()
    assert left.status == status


def test_a_task_of_which_three_workers_died_is_given_up(database: str) -> None:
    left = leave_behind(*["us"] * worker.MAX_ATTEMPTS)
    worker.take_up_abandoned("us")
    left.refresh_from_db()
    assert left.status == FAILED


def test_what_is_put_off_for_a_year_runs_now_and_what_runs_at_once_stays_so(database: str) -> None:
    year = timezone.now() + timedelta(days=365)
    read_waiting.using(run_after=year).enqueue()
    prepare.enqueue(person_id=0)
    hour = timezone.now() + timedelta(hours=1)
    read_waiting.using(run_after=hour).enqueue()
    assert worker.bring_back_far_tasks() == 1
    assert DBTaskResult.objects.ready().count() == 2
    assert DBTaskResult.objects.filter(run_after=hour).exists()


@pytest.mark.parametrize(
    "path",
    [
        "madang.community.moderation.tasks.judge_pending",
        "madang.community.analysis.tasks.read_waiting",
        "madang.community.analysis.tasks.read_unread",
        "madang.community.boards.models.Post",
        "no_dot",
    ],
)
def test_a_task_of_an_older_release_fails_and_what_waits_is_read_all_the_same(
    database: str, all_models: None, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    author = User.objects.create_user("은하")
    board = Board.objects.create(slug="free", name="자유")
    post = actions.write_post(board=board, author=author, title="빵", body="오늘은 날이 맑다.")
    Post.objects.update(label="pending")
    Case.objects.update(source="pending", label="")
    Reading.objects.update(is_waiting=True, retry_at=timezone.now())
    DBTaskResult.objects.all().delete()
    read_waiting.enqueue(attempt=2)
    DBTaskResult.objects.update(task_path=path)
    us = worker.TaskWorker(worker_id="us")
    while us.run_next():
        DBTaskResult.objects.update(run_after=timezone.now())
    statuses = dict(DBTaskResult.objects.values_list("task_path", "status"))
    assert statuses.pop(path) == FAILED
    assert set(statuses.values()) == {SUCCESSFUL}
    assert "failed unexpectedly" in caplog.text
    post.refresh_from_db()
    assert post.label == "ordinary"
    assert not Reading.objects.filter(is_waiting=True).exists()


def test_no_two_workers_have_one_name_and_the_next_in_a_place_has_the_same(tmp_path: Path) -> None:
    with worker.worker_name(tmp_path) as first, worker.worker_name(tmp_path) as second:
        assert first != second
    with worker.worker_name(tmp_path) as third:
        assert third == first
    assert len(first) <= 64


def test_a_worker_whose_database_is_away_lives(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "madang.community.serve.worker"],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "madang.community.site.settings",
            "MADANG_HOME": str(tmp_path),
            "MADANG_DATABASE_URL": f"postgresql://nobody@/none?host={tmp_path}",
        },
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    timer = threading.Timer(PATIENCE_SECONDS, process.kill)
    timer.start()
    try:
        waits = 0
        while waits < 3:  # after 1, 2 and 4 seconds
            line = process.stderr.readline()
            assert line, "the worker ended"
            waits += "The database does not answer" in line
        assert process.poll() is None
    finally:
        timer.cancel()
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0

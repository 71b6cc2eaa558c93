"""Whatever waits is scheduled, whoever forgot to; and what a wrong clock wrote is put right."""

import importlib
import pkgutil
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.db.models import DateTimeField
from django.utils import timezone
from django_tasks.base import Task, TaskResultStatus
from django_tasks_db.models import DBTaskResult

import madang.community
from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference import tasks as inference
from madang.community.inference.models import Reading
from madang.community.inference.schedule import MAX_FAILURES, delay_after, delay_after_failures
from madang.community.market import actions as market
from madang.community.processes import sweep
from madang.community.recommendations import actions as interactions
from madang.community.recommendations import recommendation
from madang.community.recommendations.models import Consent, Interaction, Prepared
from madang.community.recommendations.popularity import most_read
from madang.community.serve import worker

YEAR = timedelta(days=365)
READY = TaskResultStatus.READY


@pytest.fixture
def people(database: str) -> list[User]:
    return [User.objects.create_user(name) for name in ("은하", "나그네", "지기")]


@pytest.fixture
def post(people: list[User], all_models: None) -> Post:
    board = Board.objects.create(slug="free", name="자유")
    return boards.write_post(board=board, author=people[0], title="빵", body="오늘은 날이 맑다.")


def ordered() -> dict[str, Any]:
    """Return when each task that is ordered runs; nobody orders one twice."""
    rows = DBTaskResult.objects.filter(status=READY).values_list("task_path", "run_after")
    found = dict(rows)
    assert len(found) == len(rows)
    return found


def test_every_task_of_the_site_is_cared_for() -> None:
    found = set()
    for module in pkgutil.walk_packages(madang.community.__path__, "madang.community."):
        if module.name.rpartition(".")[2] == "tasks":
            members = vars(importlib.import_module(module.name)).values()
            found |= {each.module_path for each in members if isinstance(each, Task)}
    assert len(found) >= 3
    assert found == sweep.tasks()


def test_every_moment_of_a_retry_is_one_that_is_brought_back() -> None:
    own = [each for each in apps.get_models() if each.__module__.startswith("madang.community")]
    found = {
        f"{model.__name__}.{field.name}"
        for model in own
        for field in model._meta.fields
        if isinstance(field, DateTimeField) and field.name in {"retry_at", "next_at", "run_after"}
    }
    assert found == {"Reading.retry_at"}


def test_what_nobody_ordered_is_ordered_once(post: Post) -> None:
    market.write_listing(
        author=post.author, kind="gift", title="빵", body="맛있다", price=1000, terms="sale"
    )
    Reading.objects.update(is_waiting=True, retry_at=timezone.now())
    DBTaskResult.objects.all().delete()
    for _ in range(3):
        sweep.run()
    now = timezone.now()
    assert set(ordered()) == {inference.read_waiting.module_path}
    assert all(moment <= now for moment in ordered().values())


def test_where_nothing_waits_nothing_is_ordered(post: Post) -> None:
    DBTaskResult.objects.all().delete()
    sweep.run()
    assert ordered() == {}


def test_what_is_given_up_waits_for_an_operator(post: Post) -> None:
    Reading.objects.update(is_waiting=True, retry_at=None, num_failures=MAX_FAILURES)
    DBTaskResult.objects.all().delete()
    sweep.run()
    assert ordered() == {}


def test_a_model_that_is_down_is_left_alone_for_as_long_as_it_was(post: Post) -> None:
    Reading.objects.update(is_waiting=True, retry_at=timezone.now())
    DBTaskResult.objects.all().delete()
    later = timezone.now() + delay_after(5)
    inference.read_waiting.using(run_after=later).enqueue(attempt=5)
    sweep.run()
    assert ordered() == {inference.read_waiting.module_path: later}


@pytest.mark.parametrize("num_failures", range(MAX_FAILURES))
def test_retry_times_a_year_ahead_are_brought_back_to_the_right_pause(
    post: Post, num_failures: int
) -> None:
    DBTaskResult.objects.all().delete()
    pause = delay_after_failures(num_failures) if num_failures else timedelta()
    far = timezone.now() + YEAR
    fields = {"num_failures": num_failures, "retry_at": far}
    Reading.objects.update(is_waiting=True, **fields)
    inference.read_waiting.using(run_after=far).enqueue(attempt=3)
    before = timezone.now()
    worker.bring_back_far_tasks()
    DBTaskResult.objects.filter(run_after__lte=timezone.now()).delete()  # they ran
    sweep.run()
    after = timezone.now()
    moments = Reading.objects.values_list("retry_at", flat=True)
    assert all(before + pause <= moment <= after + pause for moment in moments)
    assert all(moment <= after + pause for moment in ordered().values())
    assert len(ordered()) == 1


def test_a_retry_time_that_is_right_stays(post: Post) -> None:
    soon = timezone.now() + timedelta(seconds=50)
    fields = {"num_failures": 1, "retry_at": soon}
    Reading.objects.update(is_waiting=True, **fields)
    sweep.run()
    assert set(Reading.objects.values_list("retry_at", flat=True)) == {soon}
    assert len(ordered()) == 1
    assert all(abs(moment - soon) < timedelta(seconds=5) for moment in ordered().values())


def test_no_task_is_put_off_for_longer_than_the_worker_allows() -> None:
    delays = [delay_after_failures(number) for number in range(1, MAX_FAILURES)]
    assert max([*delays, delay_after(100)]) < worker.LONGEST_DELAY


def test_what_was_read_in_the_future_is_no_news_for_a_year(post: Post) -> None:
    Reading.objects.update(updated_at=timezone.now() + YEAR)
    sweep.run()
    now = timezone.now()
    assert not Reading.objects.filter(updated_at__gt=now).exists()


def test_a_list_ordered_in_the_future_is_ordered_again(people: list[User]) -> None:
    far = timezone.now() + YEAR
    prepared = Prepared.objects.create(person=people[0], asked_at=far)
    recommendation._order(prepared)
    assert DBTaskResult.objects.count() == 1
    prepared.refresh_from_db()
    assert prepared.asked_at is not None
    recommendation._order(prepared)  # a moment ago
    assert DBTaskResult.objects.count() == 1


def test_what_was_opened_in_the_future_neither_hides_nor_counts(
    people: list[User], post: Post
) -> None:
    name = f"post:{post.pk}"
    for person in people:
        interactions.answer(person, Consent.Choice.AGREED)
        Interaction.objects.create(
            person=person, item=name, action="view", at=timezone.now() + YEAR
        )
    reader = User.objects.create_user("손님")
    assert most_read(reader, number=3) == []
    for person in people:
        assert interactions.keep(person, name, "view")
        assert not interactions.keep(person, name, "view")


def test_who_answered_later_in_the_future_is_asked_again(people: list[User]) -> None:
    later = Consent(person=people[0], choice=Consent.Choice.LATER)
    assert not later.is_to_be_asked
    later.answered_at = timezone.now() + YEAR
    assert later.is_to_be_asked


def test_failed_log_ins_of_the_future_lock_nobody_out(database: str) -> None:
    for name, offset in (("은하", YEAR), ("지기", timedelta())):
        AccessAttempt.objects.create(
            username=name, ip_address="10.0.0.1", failures_since_start=99, get_data="", post_data=""
        )
        AccessAttempt.objects.filter(username=name).update(attempt_time=timezone.now() + offset)
    sweep.run()
    assert [each.username for each in AccessAttempt.objects.all()] == ["지기"]

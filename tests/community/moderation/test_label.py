"""From a written post to its label: judged once, kept, retried, and outranked by people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.extension.content import judged_text, text_hash
from madang.community.extension.lock import GoneError
from madang.community.inference import prediction, tasks
from madang.community.inference.actions import read
from madang.community.inference.models import Answer, Reading
from madang.community.inference.schedule import MAX_FAILURES
from madang.community.moderation import actions, queue
from madang.community.moderation.kind import Priority, Source
from madang.community.moderation.models import Appeal, Case, Decision
from madang.community.moderation.registry import KINDS

pytestmark = pytest.mark.usefixtures("at_once")


def test_the_post_is_stored_before_the_model_is_asked(
    board: Board,
    author: User,
    model: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(transaction, "on_commit", on_commit)
    with django_capture_on_commit_callbacks() as callbacks:
        post = write(board, author)
    assert (label_of(post), model.asked) == ("pending", [])
    for callback in callbacks:
        callback()
    assert label_of(post) == "ad"


on_commit = transaction.on_commit


def write(board: Board, author: User, title: str = "원피스 공구", body: str = "예뻐요") -> Post:
    return boards.write_post(board=board, author=author, title=title, body=body)


def edit(post: Post, title: str, body: str) -> Post:
    return boards.edit_post(post, board=post.board, title=title, body=body)


def label_of(post: Post) -> str:
    return Post.objects.get(pk=post.pk).label


def test_an_ordinary_post_is_labelled_so(database: str, board: Board, author: User) -> None:
    post = write(board, author, "오늘 점심", "김치찌개")
    assert label_of(post) == "ordinary"
    assert Case.objects.of(post).get().source == Source.MODEL


def test_an_advertisement_gets_its_label_its_reason_and_its_probability(
    database: str, board: Board, author: User
) -> None:
    post = write(board, author, "원피스", "오늘 공구 열어요")
    answer = Case.objects.select_related("answer").of(post).get().answer
    assert label_of(post) == "ad"
    assert answer is not None
    assert answer.value["probabilities"]["ad"] == pytest.approx(0.97)
    (start, end, _weight) = answer.value["reasons"][0]
    assert judged_text(post.title, post.body)[start:end] == "공구"


NOTHING = "\u3164"


def test_a_post_with_nothing_to_judge_bears_no_label_and_waits_for_nobody(
    database: str, board: Board, author: User, moderator: User, as_moderator: Client
) -> None:
    post = write(board, author, NOTHING, NOTHING)
    case = Case.objects.select_related("answer").of(post).get()
    assert (label_of(post), case.label, case.probability) == ("", "", None)
    assert (case.is_pending, case.spans, case.may_be_appealed) == (False, [], False)
    assert set(queue.count_waiting().values()) == {0}
    for tab in KINDS["ads"].TABS:
        assert not queue.cases_of(KINDS["ads"], tab).exists()
    html = as_moderator.get(post.get_absolute_url()).content.decode()
    assert "판단할 만한 말이 없는 글" in html
    assert "판단 중" not in html
    assert actions.decide(case, moderator=moderator, action="confirm") is None
    assert actions.decide(case, moderator=moderator, action="ad") is not None
    assert label_of(post) == "ad"


def test_a_post_that_is_edited_to_nothing_loses_its_label_and_gets_it_back(
    database: str, board: Board, author: User
) -> None:
    post = write(board, author)
    assert label_of(post) == "ad"
    edit(post, NOTHING, NOTHING)
    assert (label_of(post), Case.objects.of(post).get().label) == ("", "")
    edit(post, "원피스 공구", "예뻐요")
    assert label_of(post) == "ad"


def test_title_and_text_are_judged_together(board: Board, author: User, model: Any) -> None:
    write(board, author, "제목", "본문")
    assert model.asked == ["제목\n본문"]


def test_the_same_text_is_judged_once_and_again_for_a_new_version(
    database: str, board: Board, author: User, stranger: User, model: Any
) -> None:
    write(board, author)
    write(board, stranger)
    assert len(model.asked) == 1
    assert Answer.objects.count() == 1
    model.version = "words-2"
    write(board, author)
    assert len(model.asked) == 2
    assert {answer.model_version for answer in Answer.objects.all()} == {
        "words-1",
        "words-2",
    }


def test_a_text_has_one_answer_a_version(database: str) -> None:
    fields = {"kind": "ads", "text_sha256": "0" * 64, "model_version": "1"}
    Answer.objects.create(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Answer.objects.create(**fields)


def test_an_edited_post_is_judged_again(database: str, board: Board, author: User) -> None:
    post = write(board, author)
    edit(post, "원피스", "그냥 샀어요")
    assert label_of(post) == "ordinary"
    edit(post, "원피스", "할인 중")
    assert label_of(post) == "ad"


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("a", "b"),
        ("😀", "🎉"),
        ("원피스", "가" * 20_000),
        ("<script>alert(1)</script>", "'; DROP TABLE boards_post; --"),
        ("שלום", "مرحبا"),
        ("원피스", "각" * 50),
    ],
)
def test_any_text_is_judged(board: Board, author: User, title: str, body: str) -> None:
    assert label_of(write(board, author, title, body)) == "ordinary"


def test_a_disclosing_author_is_taken_at_their_word(board: Board, author: User) -> None:
    post = write(board, author, "[광고] 새 크림", "촉촉해요")
    case = Case.objects.of(post).get()
    assert (label_of(post), case.source) == ("ad", Source.AUTHOR)
    assert case.answer is not None
    assert not case.may_be_appealed


def test_a_disclosed_post_needs_no_model(board: Board, author: User, model: Any) -> None:
    model.failure = RuntimeError("down")
    assert label_of(write(board, author, "[광고] 새 크림", "촉촉해요")) == "ad"


def test_taking_the_disclosure_out_brings_the_model_back(board: Board, author: User) -> None:
    post = write(board, author, "[광고] 새 크림", "촉촉해요")
    edit(post, "새 크림", "촉촉해요")
    assert label_of(post) == "ordinary"


# where the model fails


def read_all_but_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model fail on what begins with 독."""
    read = prediction.read

    def read_or_fail(kind: str, text: str, *, patient: bool = False) -> prediction.Reply:
        if text.startswith("독"):
            raise prediction.ModelUnavailableError("this one")
        return read(kind, text, patient=patient)

    monkeypatch.setattr(prediction, "read", read_or_fail)


def test_a_post_is_kept_and_waits_where_the_model_fails(
    database: str, board: Board, author: User, model: Any
) -> None:
    model.failure = RuntimeError("down")
    post = write(board, author)
    assert label_of(post) == "pending"
    task = DBTaskResult.objects.get()
    assert task.task_path == tasks.read_waiting.module_path
    assert task.run_after > timezone.now()


def test_one_task_serves_all_that_wait(board: Board, author: User, model: Any) -> None:
    model.failure = RuntimeError("down")
    for number in range(5):
        write(board, author, f"글 {number}")
    assert DBTaskResult.objects.count() == 1


def test_the_task_judges_what_waits_once_the_model_is_back(
    database: str, board: Board, author: User, model: Any
) -> None:
    model.failure = RuntimeError("down")
    waiting = [write(board, author), write(board, author, "오늘 점심", "김치찌개")]
    model.failure = None
    assert tasks.read_waiting.func() == 2
    assert [label_of(post) for post in waiting] == ["ad", "ordinary"]


def test_the_task_comes_back_later_and_later(board: Board, author: User, model: Any) -> None:
    model.failure = RuntimeError("down")
    write(board, author)
    DBTaskResult.objects.all().delete()
    assert tasks.read_waiting.func(attempt=3) == 0
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["kwargs"] == {"attempt": 4}
    assert task.run_after - timezone.now() > timedelta(seconds=150)


def test_one_text_that_fails_does_not_keep_the_others_waiting(
    board: Board, author: User, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.failure = RuntimeError("down")
    poisoned, healthy = write(board, author, "독"), write(board, author)
    model.failure = None
    read_all_but_poison(monkeypatch)
    assert tasks.read_waiting.func() == 1
    assert (label_of(poisoned), label_of(healthy)) == ("pending", "ad")


def test_three_texts_that_always_fail_keep_no_later_post_waiting(
    database: str,
    board: Board,
    author: User,
    model: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model.failure = RuntimeError("down")
    poisoned = [write(board, author, f"독 {number}") for number in range(3)]
    healthy = write(board, author)
    model.failure = None
    read_all_but_poison(monkeypatch)
    assert tasks.read_waiting.func() == 1
    assert label_of(healthy) == "ad"
    for _ in range(MAX_FAILURES + 1):
        Reading.objects.filter(retry_at__isnull=False).update(retry_at=timezone.now())
        tasks.read_waiting.func()
    readings = [Reading.objects.of(post).get() for post in poisoned]
    assert {(each.num_failures, each.retry_at) for each in readings} == {(MAX_FAILURES, None)}
    edit(poisoned[0], "약", "할인")
    assert label_of(poisoned[0]) == "ad"


def test_a_post_deleted_meanwhile_troubles_nobody(board: Board, author: User) -> None:
    post = write(board, author)
    stale = Reading.objects.of(post).get()
    post.delete()
    read(stale)
    assert not Case.objects.exists()


def test_a_post_edited_meanwhile_does_not_get_the_old_answer(board: Board, author: User) -> None:
    post = write(board, author)
    stale = Reading.objects.of(post).get()
    assert stale.contribution.title == "원피스 공구"
    edit(post, "원피스", "그냥 샀어요")
    read(stale)
    assert label_of(post) == "ordinary"


def test_an_unforeseen_error_leaves_the_post_waiting(
    board: Board, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(prediction, "read", fail)
    assert label_of(write(board, author)) == "pending"


def test_where_the_model_is_missing_a_post_waits_and_the_operators_page_says_so(
    board: Board, author: User, as_moderator: Client, settings: Any
) -> None:
    settings.MADANG_ADS_MODEL = "no-such-model"
    prediction.forget()
    post = write(board, author)
    assert label_of(post) == "pending"
    html = as_moderator.get("/models/").content.decode()
    assert '<span class="label">없음</span><span><code>no-such-model</code></span>' in html
    settings.MADANG_ADS_MODEL = "ads"
    prediction.forget()
    assert (tasks.read_unread.func(), tasks.read_waiting.func()) == (1, 1)
    assert label_of(post) == "ad"


def test_the_operators_page_counts_what_was_read_and_shows_what_fails(
    board: Board,
    author: User,
    as_moderator: Client,
    model: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write(board, author)
    read_all_but_poison(monkeypatch)
    write(board, author, "독버섯")
    tasks.read_waiting.func()
    Reading.objects.update(retry_at=timezone.now())
    tasks.read_waiting.func()
    page = as_moderator.get("/models/").content.decode()
    assert "읽음 1 · 기다림 1 · 포기함 0" in page
    assert "독버섯" in page
    queue = as_moderator.get("/moderation/?tab=pending").content.decode()
    assert "모델이 읽지 못함" in queue


def test_a_new_model_reads_all_posts_anew_and_peoples_word_stays(
    database: str, board: Board, author: User, moderator: User, model: Any
) -> None:
    followed, decided, passed, disclosed, appealed = (
        write(board, author, title)
        for title in ("공구 가", "공구 나", "공구 다", "[광고] 크림", "공구 라")
    )
    actions.decide(Case.objects.of(decided).get(), moderator=moderator, action="ad")
    actions.decide(Case.objects.of(passed).get(), moderator=moderator, action="dismiss")
    actions.appeal(Case.objects.of(appealed).get())
    model.version, model.threshold = "words-2", 0.99
    assert (tasks.read_unread.func(), label_of(followed)) == (5, "ad")  # until it is read
    assert tasks.read_waiting.func() == 5
    posts = (followed, decided, passed, disclosed, appealed)
    assert [label_of(post) for post in posts] == ["ordinary", "ad", "ordinary", "ad", "ordinary"]
    versions = Case.objects.values_list("answer__model_version", flat=True)
    assert set(versions) == {"words-2"}
    assert Case.objects.of(appealed).get().is_appealed
    sources = [Case.objects.of(post).get().source for post in posts]
    assert sources == ["model", "moderator", "model", "author", "model"]


def test_a_post_that_was_written_behind_our_back_is_labelled_all_the_same(
    board: Board, author: User
) -> None:
    post = Post.objects.create(board=board, author=author, title="원피스 공구", body="예뻐요")
    disclosed = Post.objects.create(board=board, author=author, title="[광고] 크림", body="좋다")
    tasks.read_unread.func()
    tasks.read_waiting.func()
    assert (label_of(post), label_of(disclosed)) == ("ad", "ad")
    assert Case.objects.of(disclosed).get().source == Source.AUTHOR


# people


def test_nothing_is_decided_on_a_text_that_has_changed(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    stale = Case.objects.of(post).get()
    edit(post, "원피스", "그냥 샀어요")
    assert actions.decide(stale, moderator=moderator, action="ad") is None
    assert not Decision.objects.exists()
    assert label_of(post) == "ordinary"


def test_nothing_is_decided_on_what_another_moderator_has_decided(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    seen = Case.objects.of(post).get()
    assert actions.decide(seen, moderator=moderator, action="ordinary") is not None
    assert actions.decide(seen, moderator=moderator, action="confirm") is None
    assert (Decision.objects.get().label, label_of(post)) == ("ordinary", "ordinary")


def test_an_appeal_for_a_post_that_was_just_deleted_changes_nothing(
    board: Board, author: User
) -> None:
    post = write(board, author)
    case = Case.objects.of(post).get()
    contributions.delete(Post.objects.get(pk=post.pk))
    with pytest.raises(GoneError):
        actions.appeal(case)
    assert not Appeal.objects.exists()


def test_an_appeal_is_taken_once_for_a_text(database: str, board: Board, author: User) -> None:
    case = Case.objects.of(write(board, author)).get()
    assert actions.appeal(case, sentence="제 돈으로 샀어요") is not None
    assert actions.appeal(case) is None
    case.refresh_from_db()
    assert case.is_appealed
    assert Appeal.objects.get().answer == case.answer


def test_an_ordinary_post_can_not_be_appealed(board: Board, author: User) -> None:
    case = Case.objects.of(write(board, author, "오늘 점심", "김치찌개")).get()
    assert actions.appeal(case) is None


@pytest.mark.parametrize(
    ("action", "label", "shown"),
    [
        ("confirm", "ad", "ad"),
        ("ad", "ad", "ad"),
        ("ordinary", "ordinary", "ordinary"),
        ("dismiss", "", "ad"),
        ("remove", "", "ad"),
    ],
)
def test_a_decision_is_kept_with_all_that_it_was_based_on(
    database: str,
    board: Board,
    author: User,
    moderator: User,
    action: str,
    label: str,
    shown: str,
) -> None:
    post = write(board, author)
    case = Case.objects.of(post).get()
    actions.appeal(case, sentence="아니에요")
    case.refresh_from_db()
    actions.decide(case, moderator=moderator, action=action, note="살펴봤습니다")
    kept = Decision.objects.get()
    assert (kept.moderator, kept.author, kept.action) == (moderator, author, action)
    assert (kept.label, kept.note, kept.appeal_sentence) == (label, "살펴봤습니다", "아니에요")
    assert kept.text == f"{post.title}\n{post.body}"
    assert kept.text_sha256 == text_hash(judged_text(post.title, post.body))
    assert (kept.model_label, kept.model_name, kept.model_version) == ("ad", "ads", "words-1")
    assert label_of(post) == shown
    case.refresh_from_db()
    assert case.priority == Priority.SETTLED
    assert (Post.objects.get(pk=post.pk).removed_at is not None) == (action == "remove")


def test_a_decision_outlives_its_post(board: Board, author: User, moderator: User) -> None:
    post = write(board, author)
    case = Case.objects.of(post).get()
    actions.decide(case, moderator=moderator, action="ordinary")
    contributions.delete(Post.objects.get(pk=post.pk))
    kept = Decision.objects.get()
    assert (kept.contribution, kept.text) == (None, "원피스 공구\n예뻐요")


def test_a_human_decision_outranks_the_model_until_the_text_is_edited(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    actions.decide(Case.objects.of(post).get(), moderator=moderator, action="ordinary")
    read(Reading.objects.of(post).get())
    assert label_of(post) == "ordinary"
    edit(post, "원피스", "할인 중")
    case = Case.objects.of(post).get()
    assert (label_of(post), case.source) == ("ad", Source.MODEL)
    assert case.priority == Priority.EDITED
    edit(post, "원피스", "더 할인 중")
    assert Case.objects.of(post).get().priority == Priority.EDITED


def test_a_decision_holds_again_for_the_very_text_it_was_made_on(
    board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    actions.decide(Case.objects.of(post).get(), moderator=moderator, action="ordinary")
    edit(post, "원피스", "할인 중")
    edit(post, "원피스 공구", "예뻐요")
    case = Case.objects.of(post).get()
    assert (label_of(post), case.source) == ("ordinary", Source.MODERATOR)


def test_an_appeal_is_not_forgotten_when_the_text_comes_back(board: Board, author: User) -> None:
    post = write(board, author)
    actions.appeal(Case.objects.of(post).get())
    edit(post, "원피스", "그냥 샀어요")
    assert not Case.objects.of(post).get().is_appealed
    edit(post, "원피스 공구", "예뻐요")
    assert Case.objects.of(post).get().is_appealed

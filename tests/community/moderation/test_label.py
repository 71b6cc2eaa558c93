"""From a written post to its label: judged once, kept, retried, and outranked by people."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.extension.content import judged_text, text_hash
from madang.community.extension.lock import GoneError
from madang.community.inference import prediction
from madang.community.moderation import actions, tasks
from madang.community.moderation.models import Appeal, Case, Decision, Judgement

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
    assert Case.objects.get(post=post).source == Case.Source.MODEL


def test_an_advertisement_gets_its_label_its_reason_and_its_probability(
    database: str, board: Board, author: User
) -> None:
    post = write(board, author, "원피스", "오늘 공구 열어요")
    judgement = Case.objects.select_related("judgement").get(post=post).judgement
    assert label_of(post) == "ad"
    assert judgement is not None
    assert judgement.ad_probability == pytest.approx(0.97)
    (start, end, _weight) = judgement.reasons[0]
    assert judged_text(post.title, post.body)[start:end] == "공구"


def test_title_and_text_are_judged_together(board: Board, author: User, model: Any) -> None:
    write(board, author, "제목", "본문")
    assert model.asked == ["제목\n본문"]


def test_the_same_text_is_judged_once_and_again_for_a_new_version(
    database: str, board: Board, author: User, stranger: User, model: Any
) -> None:
    write(board, author)
    write(board, stranger)
    assert len(model.asked) == 1
    assert Judgement.objects.count() == 1
    model.version = "words-2"
    write(board, author)
    assert len(model.asked) == 2
    assert {judgement.model_version for judgement in Judgement.objects.all()} == {
        "words-1",
        "words-2",
    }


def test_a_text_has_one_judgement_a_version(database: str) -> None:
    fields = {"text_sha256": "0" * 64, "model_version": "1", "label": "ad", "ad_probability": 1}
    Judgement.objects.create(**fields, threshold=0.5)
    with pytest.raises(IntegrityError), transaction.atomic():
        Judgement.objects.create(**fields, threshold=0.5)


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
    case = Case.objects.get(post=post)
    assert (label_of(post), case.source) == ("ad", Case.Source.AUTHOR)
    assert case.judgement is not None
    assert not case.may_be_appealed


def test_a_disclosed_post_needs_no_model(board: Board, author: User, model: Any) -> None:
    model.failure = RuntimeError("down")
    assert label_of(write(board, author, "[광고] 새 크림", "촉촉해요")) == "ad"


def test_taking_the_disclosure_out_brings_the_model_back(board: Board, author: User) -> None:
    post = write(board, author, "[광고] 새 크림", "촉촉해요")
    edit(post, "새 크림", "촉촉해요")
    assert label_of(post) == "ordinary"


# where the model fails


def test_a_post_is_kept_and_waits_where_the_model_fails(
    database: str, board: Board, author: User, model: Any
) -> None:
    model.failure = RuntimeError("down")
    post = write(board, author)
    assert label_of(post) == "pending"
    task = DBTaskResult.objects.get()
    assert task.task_path == tasks.judge_pending.module_path
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
    assert tasks.judge_pending.func() == 2
    assert [label_of(post) for post in waiting] == ["ad", "ordinary"]


def test_the_task_comes_back_later_and_later(board: Board, author: User, model: Any) -> None:
    model.failure = RuntimeError("down")
    write(board, author)
    DBTaskResult.objects.all().delete()
    assert tasks.judge_pending.func(attempt=3) == 0
    task = DBTaskResult.objects.get()
    assert task.args_kwargs["kwargs"] == {"attempt": 4}
    assert task.run_after - timezone.now() > timedelta(seconds=150)


def test_one_text_that_fails_does_not_keep_the_others_waiting(
    board: Board, author: User, model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.failure = RuntimeError("down")
    poisoned, healthy = write(board, author, "독"), write(board, author)
    model.failure = None
    judge = prediction.judge

    def judge_all_but_one(text: str, *, patient: bool = False) -> prediction.Answer:
        if text.startswith("독"):
            raise prediction.ModelUnavailableError("this one")
        return judge(text, patient=patient)

    monkeypatch.setattr(prediction, "judge", judge_all_but_one)
    assert tasks.judge_pending.func() == 1
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
    judge = prediction.judge

    def judge_all_but_poison(text: str, *, patient: bool = False) -> prediction.Answer:
        if text.startswith("독"):
            raise prediction.ModelUnavailableError("this one")
        return judge(text, patient=patient)

    monkeypatch.setattr(prediction, "judge", judge_all_but_poison)
    assert tasks.judge_pending.func() == 1
    assert label_of(healthy) == "ad"
    for _ in range(tasks.MAX_FAILURES + 1):  # type: ignore[attr-defined]
        Case.objects.filter(source="pending").update(retry_at=timezone.now())
        tasks.judge_pending.func()
    cases = Case.objects.filter(post__in=poisoned)
    assert {case.num_failures for case in cases} == {tasks.MAX_FAILURES}  # type: ignore[attr-defined]
    edit(poisoned[0], "약", "할인")
    assert label_of(poisoned[0]) == "ad"


def test_a_post_deleted_meanwhile_troubles_nobody(board: Board, author: User) -> None:
    post = write(board, author)
    stale = Post.objects.get(pk=post.pk)
    post.delete()
    assert actions.judge_post(stale) is False


def test_a_post_edited_meanwhile_does_not_get_the_old_answer(board: Board, author: User) -> None:
    post = write(board, author)
    stale = Post.objects.get(pk=post.pk)
    edit(post, "원피스", "그냥 샀어요")
    actions.judge_post(stale)
    assert label_of(post) == "ordinary"


def test_an_unforeseen_error_leaves_the_post_waiting(
    board: Board, author: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(prediction, "judge", fail)
    assert label_of(write(board, author)) == "pending"


# people


def test_nothing_is_decided_on_a_text_that_has_changed(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    stale = Case.objects.get(post=post)
    edit(post, "원피스", "그냥 샀어요")
    assert actions.decide(stale, moderator=moderator, action="ad") is None
    assert not Decision.objects.exists()
    assert label_of(post) == "ordinary"


def test_nothing_is_decided_on_what_another_moderator_has_decided(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    seen = Case.objects.get(post=post)
    assert actions.decide(seen, moderator=moderator, action="ordinary") is not None
    assert actions.decide(seen, moderator=moderator, action="confirm") is None
    assert (Decision.objects.get().label, label_of(post)) == ("ordinary", "ordinary")


def test_an_appeal_for_a_post_that_was_just_deleted_changes_nothing(
    board: Board, author: User
) -> None:
    post = write(board, author)
    case = Case.objects.get(post=post)
    contributions.delete(Post.objects.get(pk=post.pk))
    with pytest.raises(GoneError):
        actions.appeal(case, author=author)
    assert not Appeal.objects.exists()


def test_an_appeal_is_taken_once_for_a_text(database: str, board: Board, author: User) -> None:
    case = Case.objects.get(post=write(board, author))
    assert actions.appeal(case, author=author, sentence="제 돈으로 샀어요") is not None
    assert actions.appeal(case, author=author) is None
    case.refresh_from_db()
    assert case.is_appealed
    assert Appeal.objects.get().judgement == case.judgement


def test_an_ordinary_post_can_not_be_appealed(board: Board, author: User) -> None:
    case = Case.objects.get(post=write(board, author, "오늘 점심", "김치찌개"))
    assert actions.appeal(case, author=author) is None


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
    case = Case.objects.get(post=post)
    actions.appeal(case, author=author, sentence="아니에요")
    case.refresh_from_db()
    actions.decide(case, moderator=moderator, action=action, note="살펴봤습니다")
    kept = Decision.objects.get()
    assert (kept.moderator, kept.author, kept.action) == (moderator, author, action)
    assert (kept.label, kept.note, kept.appeal_sentence) == (label, "살펴봤습니다", "아니에요")
    assert (kept.title, kept.body) == (post.title, post.body)
    assert kept.text_sha256 == text_hash(judged_text(post.title, post.body))
    assert (kept.model_label, kept.model_name, kept.model_version) == ("ad", "ads", "words-1")
    assert label_of(post) == shown
    case.refresh_from_db()
    assert case.priority == Case.Priority.SETTLED
    assert (Post.objects.get(pk=post.pk).removed_at is not None) == (action == "remove")


def test_a_decision_outlives_its_post(board: Board, author: User, moderator: User) -> None:
    post = write(board, author)
    case = Case.objects.get(post=post)
    actions.decide(case, moderator=moderator, action="ordinary")
    contributions.delete(Post.objects.get(pk=post.pk))
    kept = Decision.objects.get()
    assert (kept.post, kept.title) == (None, "원피스 공구")


def test_a_human_decision_outranks_the_model_until_the_text_is_edited(
    database: str, board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    actions.decide(Case.objects.get(post=post), moderator=moderator, action="ordinary")
    actions.judge_post(post)
    assert label_of(post) == "ordinary"
    edit(post, "원피스", "할인 중")
    case = Case.objects.get(post=post)
    assert (label_of(post), case.source) == ("ad", Case.Source.MODEL)
    assert case.priority == Case.Priority.EDITED
    edit(post, "원피스", "더 할인 중")
    assert Case.objects.get(post=post).priority == Case.Priority.EDITED


def test_a_decision_holds_again_for_the_very_text_it_was_made_on(
    board: Board, author: User, moderator: User
) -> None:
    post = write(board, author)
    actions.decide(Case.objects.get(post=post), moderator=moderator, action="ordinary")
    edit(post, "원피스", "할인 중")
    edit(post, "원피스 공구", "예뻐요")
    case = Case.objects.get(post=post)
    assert (label_of(post), case.source) == ("ordinary", Case.Source.MODERATOR)


def test_an_appeal_is_not_forgotten_when_the_text_comes_back(board: Board, author: User) -> None:
    post = write(board, author)
    actions.appeal(Case.objects.get(post=post), author=author)
    edit(post, "원피스", "그냥 샀어요")
    assert not Case.objects.get(post=post).is_appealed
    edit(post, "원피스 공구", "예뻐요")
    assert Case.objects.get(post=post).is_appealed

"""Hate and insults: folded with a reason, appealed by a click, decided by a person."""

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Comment, Post
from madang.community.moderation import actions
from madang.community.moderation.models import Case, Decision

pytestmark = pytest.mark.usefixtures("_words", "all_models")

INSULT = "너는 당장 꺼져"
SPEECHES = Case.objects.filter(kind="speech")


@pytest.fixture
def _words(model: object) -> None:
    """Let the door of advertising be replaced first, so that all models come after it."""


@pytest.fixture
def insult(post: Post, author: User) -> Comment:
    """An insulting comment of the author."""
    return boards.write_comment(post, author=author, body=INSULT)


def page(client: Client, post: Post) -> str:
    return client.get(post.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("body", "label"), [(INSULT, "offensive"), ("벌레 같은 것들", "hate"), ("바보 같네", None)]
)
def test_only_what_the_model_is_sure_of_is_folded(
    database: str, body: str, label: str | None
) -> None:
    author = User.objects.create_user("은하")
    board = Board.objects.create(slug="free", name="자유")
    post = boards.write_post(board=board, author=author, title="빵", body="본문")
    comment = boards.write_comment(post, author=author, body=body)
    comment.refresh_from_db()
    speech = SPEECHES.of(comment).first()
    assert comment.is_folded == (label is not None)
    assert (speech.label if speech else None) == label


def test_a_folded_comment_can_be_unfolded_and_says_why(
    insult: Comment, anonymous: Client, post: Post
) -> None:
    html = page(anonymous, post)
    assert "<summary>가려진 댓글: 펼치기</summary>" in html
    assert "<mark>꺼져</mark>" in html
    assert "hate-1" in html
    assert "97%" in html
    assert "이의 내기" not in html


def test_a_folded_post_shows_its_title_in_no_list(
    board: Board, author: User, anonymous: Client
) -> None:
    post = boards.write_post(board=board, author=author, title="벌레들", body="벌레")
    assert "벌레들" not in anonymous.get("/").content.decode()
    assert "가려진 글</a>" in anonymous.get("/").content.decode()
    html = page(anonymous, post)
    assert "<title>가려진 글" in html
    assert "<summary>가려진 글: 펼치기</summary>" in html


def test_an_edited_post_is_folded_and_unfolded_with_its_text(
    board: Board, author: User, post: Post
) -> None:
    boards.edit_post(post, board=board, title="벌레", body="벌레")
    assert Post.objects.get().is_folded
    boards.edit_post(post, board=board, title="나비", body="나비")
    assert not Post.objects.get().is_folded
    assert not SPEECHES.exists()


def test_the_author_appeals_and_a_moderator_answers(
    insult: Comment, as_author: Client, as_moderator: Client, anonymous: Client, post: Post
) -> None:
    speech = SPEECHES.get()
    assert "이의 내기" in page(as_author, post)
    as_author.post(f"/moderation/speech/{speech.pk}/appeal/", {"sentence": "농담이에요"})
    queue = as_moderator.get("/moderation/speech/").content.decode()
    assert "농담이에요" in queue
    assert 'aria-label="기다리는 글 1개"' in queue
    fields = {"chosen": speech.key, "action": "clear", "note": "말씀이 맞습니다"}
    as_moderator.post("/moderation/speech/decide/", fields)
    html = page(anonymous, post)
    assert "가려진 댓글" not in html
    assert INSULT in html
    kept = Decision.objects.get()
    assert (kept.label, kept.text, kept.appeal_sentence) == ("none", INSULT, "농담이에요")
    assert (kept.model_label, kept.model_version) == ("offensive", "hate-1")
    assert "농담이에요" not in as_moderator.get("/moderation/speech/").content.decode()
    assert "농담이에요" not in html


@pytest.mark.parametrize("person", ["as_stranger", "as_moderator", "anonymous"])
def test_only_the_author_appeals(
    insult: Comment, person: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    address = f"/moderation/speech/{SPEECHES.get().pk}/appeal/"
    assert client.post(address).status_code in (302, 403)
    assert not SPEECHES.get().is_appealed


@pytest.mark.parametrize("person", ["as_author", "as_stranger", "anonymous"])
def test_only_a_moderator_decides(
    insult: Comment, person: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    fields = {"chosen": SPEECHES.get().key, "action": "clear"}
    assert client.post("/moderation/speech/decide/", fields).status_code in (302, 403)
    assert client.get("/moderation/speech/").status_code in (302, 403)
    assert not Decision.objects.exists()


def test_an_appeal_is_taken_once_and_not_against_a_decision(
    insult: Comment, moderator: User
) -> None:
    speech = SPEECHES.get()
    assert actions.appeal(speech) is not None
    assert actions.appeal(speech) is None
    speech.refresh_from_db()
    assert actions.decide(speech, moderator=moderator, action="confirm") is not None
    assert actions.appeal(speech) is None
    assert Comment.objects.get(pk=insult.pk).is_folded


def test_nothing_is_decided_on_a_text_that_changed_or_was_decided(
    board: Board, author: User, moderator: User
) -> None:
    post = boards.write_post(board=board, author=author, title="벌레", body="벌레")
    stale = SPEECHES.get()
    boards.edit_post(post, board=board, title="벌레들", body="벌레")
    assert actions.decide(stale, moderator=moderator, action="clear") is None
    fresh = SPEECHES.get()
    assert actions.decide(fresh, moderator=moderator, action="clear") is not None
    assert actions.decide(fresh, moderator=moderator, action="confirm") is None


def test_a_decision_holds_for_its_text_and_no_other(
    board: Board, author: User, moderator: User
) -> None:
    post = boards.write_post(board=board, author=author, title="벌레", body="벌레 잡는 법")
    actions.decide(SPEECHES.get(), moderator=moderator, action="clear")
    assert not Post.objects.get().is_folded
    boards.edit_post(post, board=board, title="벌레", body="벌레 같은 것")
    assert Post.objects.get().is_folded
    boards.edit_post(post, board=board, title="벌레", body="벌레 잡는 법")
    assert not Post.objects.get().is_folded


@pytest.mark.parametrize("is_post", [True, False])
def test_what_is_taken_down_can_be_put_back(
    board: Board, post: Post, author: User, moderator: User, is_post: bool
) -> None:
    if is_post:
        item = boards.write_post(board=board, author=author, title="벌레", body="벌레")
    else:
        item = boards.write_comment(post, author=author, body=INSULT)  # type: ignore[assignment]
    actions.decide(SPEECHES.get(), moderator=moderator, action="remove")
    item.refresh_from_db()
    assert item.removed_at is not None
    actions.decide(SPEECHES.get(), moderator=moderator, action="restore")
    item.refresh_from_db()
    assert (item.removed_at, item.is_folded) == (None, True)


def test_a_decision_outlives_what_it_was_about(
    insult: Comment, moderator: User, post: Post
) -> None:
    actions.decide(SPEECHES.get(), moderator=moderator, action="confirm")
    post.delete()
    kept = Decision.objects.get()
    assert (kept.contribution, kept.text) == (None, INSULT)
    assert not SPEECHES.exists()


def test_the_operators_thresholds_hold(settings: object, post: Post, author: User) -> None:
    settings.MADANG_OFFENSIVE_THRESHOLD = 0.6  # type: ignore[attr-defined]
    assert boards.write_comment(post, author=author, body="바보").pk
    assert SPEECHES.get().label == "offensive"


def test_script_text_in_a_reason_stays_text(post: Post, author: User, anonymous: Client) -> None:
    boards.write_comment(post, author=author, body="<script>alert('꺼져')</script>")
    assert "<script>alert" not in page(anonymous, post)

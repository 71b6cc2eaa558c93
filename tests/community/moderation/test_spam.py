"""Spam: withheld at once from everybody but its author and the moderators, until one has looked."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension import actions as contributions
from madang.community.extension import contribution, item
from madang.community.extension.contribution import Contribution
from madang.community.inference import tasks
from madang.community.inference.models import Reading
from madang.community.inference.vectors import store
from madang.community.market import actions as market
from madang.community.market.models import Listing, Review
from madang.community.moderation import actions, queue
from madang.community.moderation.models import Appeal, Case, Decision
from madang.community.moderation.registry import SPAM, SPEECH
from madang.community.recommendations.export import allowed_rows
from madang.community.recommendations.models import Consent, Interaction
from madang.community.tags.models import Tag, Tagging

pytestmark = pytest.mark.usefixtures("_words", "all_models")

#: No other text of the tests has these letters.
SECRET = "카지노특별초대"
SPAMS = Case.objects.filter(kind="spam")


@pytest.fixture
def _words(model: object) -> None:
    """Let the door of advertising be replaced first, so that all models come after it."""


def page(client: Client, address: str) -> str:
    return client.get(address, follow=True).content.decode()


def write_spam(kind: str, author: User, other: User, board: Board) -> Contribution:
    """Write spam of any kind of contribution; what it stands below is another's and is none."""
    offer: dict[str, Any] = {"kind": "gift", "terms": "free", "price": None}
    if kind == "post":
        return boards.write_post(board=board, author=author, title=SECRET, body=f"{SECRET} 빵")
    if kind == "listing":
        return market.write_listing(author=author, title=SECRET, body=f"{SECRET} 빵", **offer)
    if kind == "comment":
        above = boards.write_post(board=board, author=other, title="빵", body="어제 산 빵")
        return boards.write_comment(above, author=author, body=SECRET)
    listing = market.write_listing(author=other, title="목도리", body="빵 무늬", **offer)
    return market.write_review(listing, author=author, stars=1, body=SECRET)


KINDS = ("post", "comment", "listing", "review")


@pytest.fixture(params=KINDS)
def spam(request: pytest.FixtureRequest, author: User, stranger: User, board: Board) -> Any:
    """Spam of the author, of each kind of contribution."""
    return write_spam(request.param, author, stranger, board)


def doors(one: Contribution, author: User, board: Board) -> list[str]:
    """Return the addresses of all pages on which the text of a contribution may stand."""
    found = ["/", board.get_absolute_url(), f"/search/?q={SECRET}", f"/search/meaning/?q={SECRET}"]
    found += ["/market/", f"/market/?q={SECRET}", "/market/?kind=gift", "/recommendations/"]
    found += [f"/people/{author.username}/", f"/people/{author.username}/comments/"]
    found += [each.get_absolute_url() for each in Post.objects.all()]
    found += [each.get_absolute_url() for each in Listing.objects.all()]
    found += [f"/tags/{key}/" for key in Tag.objects.values_list("key", flat=True)]
    return [*found, one.get_absolute_url()]


def test_every_kind_of_contribution_is_read_for_spam(db: None) -> None:
    assert {kind._meta.model_name for kind in contribution.kinds()} == set(KINDS)


def test_spam_reaches_no_reader_by_any_door(
    spam: Contribution,
    author: User,
    board: Board,
    as_stranger: Client,
    anonymous: Client,
    stranger: User,
) -> None:
    store.fill()
    boards.write_post(board=board, author=stranger, title="빵 산책", body="빵")
    for client in (anonymous, as_stranger):
        for address in doors(spam, author, board):
            html = page(client, address).replace(f'value="{SECRET}"', "")
            html = html.replace(f"‘{SECRET}’", "").replace(f"<title>{SECRET} ·", "")
            assert SECRET not in html, address
    if isinstance(spam, Post | Listing):
        assert anonymous.get(spam.get_absolute_url()).status_code == 404
        assert item.find([item.name_of(item.kind_of(type(spam)), spam.pk)], stranger) == {}
    if isinstance(spam, Comment):
        assert anonymous.get(spam.get_absolute_url()).status_code == 404


def test_the_search_finds_the_words_of_spam_for_nobody_until_it_is_released(
    board: Board, author: User, anonymous: Client, moderator: User
) -> None:
    post = boards.write_post(board=board, author=author, title="카지노 초대", body="빵")
    assert post.get_absolute_url() not in page(anonymous, "/search/?q=카지노")
    actions.decide(SPAMS.get(), moderator=moderator, action="clear")
    assert post.get_absolute_url() in page(anonymous, "/search/?q=카지노")


def test_spam_counts_nowhere(
    board: Board, post: Post, author: User, stranger: User, anonymous: Client
) -> None:
    boards.write_comment(post, author=stranger, body=SECRET)
    (line,) = Post.objects.for_list()
    assert line.num_comments == 0  # type: ignore[attr-defined]
    before = contribution.count_up(stranger, most=9)
    boards.write_post(board=board, author=stranger, title=SECRET, body="빵")
    assert contribution.count_up(stranger, most=9) == before == 0
    listing = market.write_listing(
        author=author, kind="gift", title="목도리", body="울", terms="free", price=None
    )
    market.write_review(listing, author=stranger, stars=1, body=SECRET)
    assert "별점 5점 중" not in page(anonymous, listing.get_absolute_url())
    assert "별점 5점 중" not in page(anonymous, "/market/")


def test_the_tags_and_the_history_of_what_became_spam_are_seen_by_nobody_else(
    board: Board, post: Post, author: User, stranger: User, anonymous: Client
) -> None:
    tag = Tag.objects.create(key="카지노초대", name="카지노초대")
    Tagging.objects.create(tag=tag, post=post)
    Consent.objects.create(person=stranger, choice=Consent.Choice.AGREED)
    Interaction.objects.create(person=stranger, item=f"post:{post.pk}", action="view")
    assert "카지노초대" in page(anonymous, "/search/?q=%23카지노초대").partition("<main")[
        2
    ].replace('value="#카지노초대"', "")
    assert len(list(allowed_rows())) == 1
    boards.edit_post(post, board=board, title="빵", body=SECRET)
    html = page(anonymous, "/search/?q=%23카지노")
    assert "카지노초대" not in html
    assert list(allowed_rows()) == []


def test_the_author_sees_that_it_waits_and_appeals(
    spam: Contribution, as_author: Client, author: User, as_moderator: Client
) -> None:
    html = page(as_author, spam.get_absolute_url())
    assert SECRET in html
    assert "아직 올리지 않았습니다" in html
    assert "<mark>카지노</mark>" in html
    address = f"/moderation/spam/{SPAMS.get().pk}/appeal/"
    assert address in html
    as_author.post(address, {"sentence": "동네 모임입니다"})
    assert Appeal.objects.get().sentence == "동네 모임입니다"
    assert "이의를 냈습니다" in page(as_author, spam.get_absolute_url())
    html = page(as_moderator, "/moderation/spam/")
    assert "동네 모임입니다" in html
    assert 'aria-label="기다리는 글 1개"' in html


@pytest.mark.parametrize("person", ["as_stranger", "as_moderator", "anonymous"])
def test_nobody_else_appeals_for_them(
    spam: Contribution, person: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    address = f"/moderation/spam/{SPAMS.get().pk}/appeal/"
    assert client.post(address).status_code in (302, 403)
    assert not Appeal.objects.exists()


@pytest.mark.parametrize("person", ["as_author", "as_stranger", "anonymous"])
def test_nobody_else_decides_or_sees_the_queue(
    spam: Contribution, person: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    fields = {"chosen": SPAMS.get().key, "action": "clear"}
    assert client.post("/moderation/spam/decide/", fields).status_code in (302, 403)
    assert client.get("/moderation/spam/").status_code in (302, 403)
    look = f"/moderation/look/{spam._meta.model_name}/{spam.pk}/"
    assert client.get(look).status_code in (302, 403)
    spam.refresh_from_db()
    assert spam.is_withheld


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_moderator_releases_is_shown_as_if_posted(database: str, kind: str) -> None:
    author, other, judge = (User.objects.create_user(name) for name in ("은하", "나그네", "지기"))
    board = Board.objects.create(slug="free", name="자유")
    one = write_spam(kind, author, other, board)
    one.refresh_from_db()
    assert (one.is_withheld, one.removed_by, SPAMS.get().label) == (True, None, "spam")
    assert actions.decide(SPAMS.get(), moderator=judge, action="clear") is not None
    one.refresh_from_db()
    assert (one.removed_at, one.is_withheld) == (None, False)
    assert SECRET in page(Client(), one.get_absolute_url())
    assert list(queue.cases_of(SPAM, SPAM.TABS[0])) == []
    kept = Decision.objects.get()
    assert (kept.label, kept.model_label, kept.model_version) == ("ordinary", "spam", "spam-1")


def test_what_a_moderator_confirms_is_taken_down_by_them(
    spam: Contribution, moderator: User, as_author: Client
) -> None:
    assert actions.decide(SPAMS.get(), moderator=moderator, action="confirm") is not None
    spam.refresh_from_db()
    assert spam.removed_at is not None
    assert (spam.removed_by, spam.is_withheld) == (moderator, False)
    assert Decision.objects.get().label == "spam"
    assert queue.count_waiting()["spam"] == 0


def test_a_removed_text_can_be_put_back_and_stays(spam: Contribution, moderator: User) -> None:
    actions.decide(SPAMS.get(), moderator=moderator, action="confirm")
    actions.decide(SPAMS.get(), moderator=moderator, action="restore")
    Reading.objects.filter(kind="spam").update(is_waiting=True, answer=None)
    tasks.read_waiting.func()
    spam.refresh_from_db()
    assert (spam.removed_at, spam.is_withheld, SPAMS.get().label) == (None, False, "ordinary")


def test_only_its_own_kind_releases_what_is_withheld(spam: Contribution, moderator: User) -> None:
    contributions.restore(spam)
    spam.refresh_from_db()
    assert spam.is_withheld
    contributions.remove(spam, moderator=moderator)
    spam.refresh_from_db()
    assert (spam.is_withheld, spam.removed_by) == (False, moderator)
    assert queue.count_waiting()["spam"] == 0
    contributions.restore(spam)
    spam.refresh_from_db()
    assert spam.removed_at is None
    assert queue.count_waiting()["spam"] == 1  # up, and a moderator still has to say what it is


def test_a_withheld_text_can_not_be_edited_into_the_open(
    board: Board, author: User, as_author: Client
) -> None:
    post = boards.write_post(board=board, author=author, title=SECRET, body="빵")
    fields = {"board": board.pk, "title": "빵", "body": "빵"}
    assert as_author.post(f"/posts/{post.pk}/edit/", fields).status_code == 403
    assert Post.objects.get().is_withheld


def test_an_edit_that_makes_a_post_spam_withholds_it(
    post: Post, board: Board, anonymous: Client
) -> None:
    boards.edit_post(post, board=board, title="빵", body=SECRET)
    assert anonymous.get(post.get_absolute_url()).status_code == 404
    assert anonymous.get("/").content.decode().count(post.get_absolute_url()) == 0


def test_a_moderator_marks_what_the_model_missed(
    post: Post, author: User, as_moderator: Client, moderator: User
) -> None:
    comment = boards.write_comment(post, author=author, body="대출 상담")
    assert not SPAMS.exists()
    for one in (post, comment):
        look = f"/moderation/look/{one._meta.model_name}/{one.pk}/"
        assert look in page(as_moderator, post.get_absolute_url())
        html = page(as_moderator, look)
        key = Case.about(SPAM, one).key
        assert f'value="{key}"' in html
        fields = {"chosen": key, "action": "spam", "back": look}
        assert as_moderator.post("/moderation/spam/decide/", fields)["Location"] == look
        one.refresh_from_db()
        assert (one.removed_by, one.is_withheld) == (moderator, False)
    assert set(Decision.objects.values_list("kind", "label", "model_label")) == {
        ("spam", "spam", "")
    }


def test_a_key_of_an_earlier_text_marks_nothing(
    post: Post, board: Board, as_moderator: Client
) -> None:
    key = Case.about(SPAM, post).key
    boards.edit_post(post, board=board, title="산책", body="빵")
    as_moderator.post("/moderation/spam/decide/", {"chosen": key, "action": "spam"})
    assert not Decision.objects.exists()
    assert not SPAMS.exists()


@pytest.mark.parametrize(
    "key", ["post-1", "post-999:0:0", "user-1:0:0", "post-:0:0", "-1:0:0", "post-1:x:0"]
)
def test_any_key_is_answered(post: Post, as_moderator: Client, key: str) -> None:
    fields = {"chosen": key, "action": "spam"}
    assert as_moderator.post("/moderation/spam/decide/", fields).status_code == 302
    assert not Decision.objects.exists()
    assert as_moderator.get("/moderation/look/user/1/").status_code == 404
    assert as_moderator.get("/moderation/look/post/999/").status_code == 404


def test_the_operators_threshold_holds(settings: Any, board: Board, author: User) -> None:
    write: Callable[[], Post] = lambda: boards.write_post(  # noqa: E731
        board=board, author=author, title="대출", body="상담"
    )
    assert not Post.objects.get(pk=write().pk).is_withheld
    settings.MADANG_SPAM_THRESHOLD = 0.4
    assert Post.objects.get(pk=write().pk).is_withheld
    settings.MADANG_SPAM_THRESHOLD = 1.0
    assert not Post.objects.get(
        pk=boards.write_post(board=board, author=author, title=SECRET, body="빵").pk
    ).is_withheld


# beside other kinds of labels


def test_spam_that_insults_is_withheld_and_not_folded_until_it_is_released(
    board: Board, author: User, moderator: User
) -> None:
    post = boards.write_post(board=board, author=author, title=SECRET, body="당장 꺼져")
    assert Post.objects.get().is_withheld
    assert not Post.objects.get().is_folded
    assert not Case.objects.filter(kind="speech").exists()
    actions.decide(SPAMS.get(), moderator=moderator, action="clear")
    assert Post.objects.get().is_folded
    assert Case.objects.of(post).get(kind="speech").label == "offensive"
    actions.decide(SPAMS.get(), moderator=moderator, action="spam")
    assert not Post.objects.get().is_folded
    assert queue.count_waiting()[SPEECH.NAME] == 0


def test_spam_that_is_found_late_takes_the_fold_off(
    board: Board, author: User, classifiers: dict[str, Any]
) -> None:
    classifiers["spam"].failure = ValueError("down")
    boards.write_post(board=board, author=author, title=SECRET, body="당장 꺼져")
    assert Post.objects.get().is_folded
    assert not Post.objects.get().is_withheld
    classifiers["spam"].failure = None
    Reading.objects.filter(kind="spam").update(retry_at=Post.objects.get().created_at)
    tasks.read_waiting.func()
    assert Post.objects.get().is_withheld
    assert not Post.objects.get().is_folded
    assert not Case.objects.filter(kind="speech").exists()


def test_what_a_moderator_said_of_speech_is_not_undone_by_spam(
    board: Board, author: User, moderator: User, classifiers: dict[str, Any]
) -> None:
    classifiers["spam"].failure = ValueError("down")
    boards.write_post(board=board, author=author, title=SECRET, body="당장 꺼져")
    actions.decide(Case.objects.get(kind="speech"), moderator=moderator, action="confirm")
    classifiers["spam"].failure = None
    Reading.objects.filter(kind="spam").update(retry_at=Post.objects.get().created_at)
    tasks.read_waiting.func()
    assert Post.objects.get().is_withheld
    assert Case.objects.get(kind="speech").source == "moderator"


# with and without the model


def test_without_the_model_all_else_works_and_the_operator_is_told(
    settings: Any, monkeypatch: pytest.MonkeyPatch, board: Board, author: User, as_moderator: Client
) -> None:
    from madang.community.inference import prediction

    settings.MADANG_SPAM_MODEL = "spam-that-is-nowhere"
    monkeypatch.undo()  # who is there is asked of the disk again
    prediction.forget()
    assert not prediction.has_model("spam")
    html = page(as_moderator, "/models/")
    assert "spam-that-is-nowhere" in html
    assert "이 모델이 없어 이 기능은 꺼져 있습니다" in html
    assert as_moderator.get("/moderation/spam/").status_code == 200


def test_a_model_that_comes_later_reads_what_was_written_before(
    settings: Any, board: Board, author: User, anonymous: Client
) -> None:
    settings.MADANG_SPAM_MODEL = ""
    post = boards.write_post(board=board, author=author, title=SECRET, body="빵")
    assert anonymous.get(post.get_absolute_url()).status_code == 200
    assert not Reading.objects.filter(kind="spam").exists()
    settings.MADANG_SPAM_MODEL = "spam"
    tasks.read_unread.func()
    tasks.read_waiting.func()
    assert anonymous.get(post.get_absolute_url()).status_code == 404


def test_a_new_version_that_finds_nothing_releases_what_nobody_decided(
    board: Board, author: User, moderator: User, classifiers: dict[str, Any]
) -> None:
    first, second = (
        boards.write_post(board=board, author=author, title=f"{SECRET} {number}", body="빵")
        for number in range(2)
    )
    actions.decide(SPAMS.of(first).get(), moderator=moderator, action="confirm")
    classifiers["spam"].version, classifiers["spam"].threshold = "spam-2", 0.99
    tasks.read_unread.func()
    tasks.read_waiting.func()
    assert Post.objects.get(pk=first.pk).removed_by == moderator
    assert Post.objects.get(pk=second.pk).removed_at is None


def test_spam_is_read_before_all_else(post: Post) -> None:
    kinds = Reading.objects.of(post).order_by("pk").values_list("kind", flat=True)
    assert kinds[0] == "spam"


def test_many_cost_a_page_as_many_questions_as_one(
    board: Board, post: Post, author: User, as_moderator: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        boards.write_comment(post, author=author, body=f"{SECRET} {number}")
    page(as_moderator, "/moderation/spam/")
    with django_assert_max_num_queries(14):
        page(as_moderator, "/moderation/spam/")
    with django_assert_max_num_queries(30):
        assert page(as_moderator, post.get_absolute_url()).count("스팸 맞음: 내리기") == 5


def test_a_deleted_listing_and_its_withheld_review_leave_nothing_but_decisions(
    author: User, stranger: User, board: Board
) -> None:
    review = write_spam("review", author, stranger, board)
    assert isinstance(review, Review)
    contributions.delete(review.listing)
    assert not SPAMS.exists()

"""What is recommended, why, and what never is."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.extension import item
from madang.community.inference import prediction
from madang.community.inference.models import Answer, Reading
from madang.community.inference.tasks import read_unread, read_waiting
from madang.community.inference.vectors import store
from madang.community.market import actions as market
from madang.community.market.models import Listing
from madang.community.recommendations import actions, history, nearness, recommendation, tasks
from madang.community.recommendations.models import Consent, Interaction, Prepared
from madang.community.recommendations.tasks import prepare

from .conftest import ListRecommender, recommended

pytestmark = pytest.mark.usefixtures("is_fresh", "models")

Write = Callable[..., Post]


@pytest.fixture(autouse=True)
def _agreed(stranger: User) -> None:
    actions.answer(stranger, Consent.Choice.AGREED)


def name(post: Post) -> str:
    return f"post:{post.pk}"


def offer(author: User, title: str) -> Listing:
    return market.write_listing(
        author=author, kind="gift", title=title, body=title, terms="free", price=None
    )


def test_what_is_near_to_what_was_read_is_recommended_with_its_reason(
    database: str, make_person: Callable[[str], User], embedder: Any
) -> None:
    reader, writer = make_person("길손"), make_person("달래")
    board = Board.objects.create(slug="near", name="동네")
    actions.answer(reader, Consent.Choice.AGREED)
    read = boards.write_post(board=board, author=writer, title="빵 굽기", body="빵")
    boards.write_post(board=board, author=writer, title="고양이", body="고양이")
    boards.write_post(board=board, author=writer, title="식빵", body="빵 빵")
    actions.keep(reader, name(read), "view")
    client = Client()
    client.force_login(reader, backend="django.contrib.auth.backends.ModelBackend")
    html = recommended(client)
    assert "식빵" in html
    assert "고양이" not in html
    assert "「빵 굽기」를 읽으셔서" in html


def test_a_new_post_and_a_new_listing_can_appear_at_once(
    write: Write, author: User, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    assert recommended(as_stranger) == ""
    write("식빵", "빵")
    assert "식빵" in recommended(as_stranger)
    offer(author, "빵 바구니")
    html = recommended(as_stranger)
    assert ("식빵" in html, "빵 바구니" in html) == (True, True)


def test_an_edited_post_is_followed(
    write: Write, board: Board, stranger: User, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    post = write("고양이", "고양이")
    assert recommended(as_stranger) == ""
    boards.edit_post(post, board=board, title="식빵", body="빵")
    assert "식빵" in recommended(as_stranger)


def test_nothing_seen_own_hidden_deleted_folded_advertised_or_closed_is_recommended(
    write: Write, board: Board, author: User, stranger: User, moderator: User, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    posts = {each: write(f"빵 {each}", "빵") for each in ("하나", "둘", "셋", "넷", "다섯")}
    listing = offer(author, "빵 여섯")
    boards.write_post(board=board, author=stranger, title="빵 일곱", body="빵")
    page = "/recommendations/"
    assert (
        recommended(as_stranger, page).count("빵 ") - recommended(as_stranger, page).count("「빵 ")
        == len(posts) + 1
    )
    as_stranger.get(posts["하나"].get_absolute_url())
    contributions.remove(posts["둘"], moderator=moderator)
    contributions.delete(posts["셋"])
    Post.objects.filter(pk=posts["넷"].pk).update(is_folded=True)
    Post.objects.filter(pk=posts["다섯"].pk).update(label="ad")
    market.set_open(listing, is_open=False)
    assert recommended(as_stranger, page) == ""


def test_what_was_read_and_is_gone_speaks_for_nothing(
    write: Write, moderator: User, as_stranger: Client
) -> None:
    read = write("빵 굽기", "빵")
    as_stranger.get(read.get_absolute_url())
    write("식빵", "빵")
    contributions.remove(read, moderator=moderator)
    assert "빵 굽기" not in recommended(as_stranger)


def test_the_newest_order_is_one_click_away(write: Write, as_stranger: Client) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    other = write("식빵", "빵")
    for number in range(6):  # more than are shown as related
        write(f"호밀빵 {number}", "빵")
    pages = {"/": "#new", "/recommendations/": "/", other.get_absolute_url(): "/#new"}
    for address, where in pages.items():
        html = as_stranger.get(address).content.decode()
        (found,) = re.findall('<a href="([^"]*)">최신순으로</a>', html)
        assert found == where
    assert 'id="new"' in as_stranger.get("/").content.decode()


def test_a_page_shows_no_item_twice_and_not_the_one_it_is_about(
    write: Write, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    posts = [write(f"빵 {number}", "빵") for number in range(12)]
    html = as_stranger.get(posts[5].get_absolute_url()).content.decode()
    addresses = [each.get_absolute_url() for each in posts]
    assert max(html.count(f'href="{each}"') for each in addresses) == 1


def test_the_market_recommends_listings_alone(
    write: Write, author: User, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    write("식빵", "빵")
    offer(author, "빵 바구니")
    html = recommended(as_stranger, "/market/")
    assert ("빵 바구니" in html, "식빵" in html) == (True, False)


@pytest.mark.parametrize("choice", ["declined", "later"])
def test_who_switched_off_is_recommended_nothing(
    choice: str, write: Write, stranger: User, as_stranger: Client
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    write("식빵", "빵")
    actions.answer(stranger, choice)
    assert (recommended(as_stranger), recommended(as_stranger, "/recommendations/")) == ("", "")


def test_without_models_pages_ask_nothing_and_show_nothing(
    write: Write, as_stranger: Client, settings: Any
) -> None:
    post = write("빵 굽기", "빵")
    as_stranger.get(post.get_absolute_url())
    write("식빵", "빵")
    settings.MADANG_SENTENCE_MODEL = ""
    with CaptureQueriesContext(connection) as queries:
        assert recommended(as_stranger) == ""
    assert not any("recommendations_" in query["sql"] for query in queries)
    assert recommended(as_stranger, post.get_absolute_url()) == ""


def test_a_page_is_drawn_though_recommending_fails(
    write: Write, as_stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(person: User) -> None:
        raise RuntimeError("no database")

    post = write("빵 굽기", "빵")
    monkeypatch.setattr("madang.community.recommendations.history.load", fail)
    for address in ("/", post.get_absolute_url(), "/market/", "/recommendations/"):
        assert as_stranger.get(address).status_code == 200
    html = as_stranger.get("/recommendations/").content.decode()
    assert ("지금은 추천을" in html, "추천할 것이 없습니다" in html) == (True, False)


def test_a_page_reads_vectors_and_their_model_at_one_moment(write: Write, embedder: Any) -> None:
    post = write("빵 굽기", "빵")
    store.fill()
    indexes = store.indexes()
    table = nearness.newest(indexes)
    there, before = table.look_up([name(post)], indexes)
    Answer.objects.all().delete()
    Reading.objects.all().delete()
    store.fill()
    assert nearness.newest(store.indexes()).names == ()
    assert nearness.newest(indexes).names == table.names == [name(post)]
    assert table.look_up([name(post)], indexes)[0] == there == [name(post)]
    assert (table.look_up([name(post)], indexes)[1] == before).all()
    assert table.look_up([name(post)], store.indexes())[0] == []


def test_what_is_committed_late_is_still_taken_up(write: Write) -> None:
    """A slow transaction noted its change before the vectors were read, and ended after that."""
    write("빵 굽기", "빵")
    before = timezone.now()
    store.fill()
    late = write("식빵", "빵")
    readings = Reading.objects.filter(kind="sentence", object_id=late.pk)
    assert readings.update(updated_at=before - timedelta(seconds=10)) == 1
    assert name(late) in nearness.newest(store.indexes()).names


def test_a_page_waits_for_no_vectors(
    write: Write, as_stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(store.Store, "_fill_in_thread", lambda self: started.append(self))
    store.forget()
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    write("식빵", "빵")
    for _ in range(3):
        assert recommended(as_stranger) == ""
    assert len(started) == 1


def test_a_view_that_can_not_be_kept_fails_no_page(
    write: Write, as_stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(actions, "keep", fail)
    assert as_stranger.get(write("빵").get_absolute_url()).status_code == 200


def test_a_page_asks_the_database_equally_often_for_a_short_and_a_long_history(
    write: Write, stranger: User, as_stranger: Client
) -> None:
    posts = [write(f"빵 {number}", "빵") for number in range(40)]
    counts = []
    for number in (2, 30):
        for post in posts[:number]:
            actions.keep(stranger, name(post), "view")
        as_stranger.get("/")
        with CaptureQueriesContext(connection) as queries:
            as_stranger.get("/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def test_the_trained_recommender_leads_and_gives_its_reason(
    recommender: ListRecommender, write: Write, stranger: User, as_stranger: Client
) -> None:
    read, first, second = write("산책"), write("고양이", "고양이"), write("자전거", "자전거")
    near = write("산책 길", "산책")
    recommender.items = [name(read), name(first), name(second)]
    as_stranger.get(read.get_absolute_url())
    assert "고양이" not in recommended(as_stranger), "it is prepared in the background"
    assert prepare.call(person_id=stranger.pk) == 2
    html = recommended(as_stranger)
    places = [html.index(each.title) for each in (first, second, near)]
    assert places == sorted(places)
    assert html.count("「산책」을 읽으셔서") == 3


def test_what_was_prepared_is_shown_no_more_once_it_was_seen_or_deleted(
    recommender: ListRecommender, write: Write, stranger: User, as_stranger: Client
) -> None:
    read, first, second = write("산책"), write("고양이", "고양이"), write("자전거", "자전거")
    recommender.items = [name(read), name(first), name(second), "post:999999", "rose"]
    as_stranger.get(read.get_absolute_url())
    as_stranger.get("/")
    prepare.call(person_id=stranger.pk)
    as_stranger.get(first.get_absolute_url())
    contributions.delete(second)
    html = recommended(as_stranger)
    assert ("고양이" in html, "자전거" in html) == (False, False)


def test_a_list_is_ordered_once_and_anew_when_the_history_or_the_model_is_another(
    recommender: ListRecommender,
    write: Write,
    stranger: User,
    as_stranger: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordered: list[int] = []

    def enqueue(task: Any, *, person_id: int) -> None:
        ordered.append(person_id)

    monkeypatch.setattr(type(prepare), "enqueue", enqueue)
    read = write("산책")
    other = write("고양이", "고양이")
    recommender.items = [name(read), name(other)]
    as_stranger.get(read.get_absolute_url())
    for _ in range(3):
        as_stranger.get("/")
    assert ordered == [stranger.pk]
    prepare.call(person_id=stranger.pk)
    Prepared.objects.update(asked_at=None)
    assert "고양이" in recommended(as_stranger)
    assert ordered == [stranger.pk]
    settings.MADANG_RECOMMENDER_MODEL = "another"
    assert "고양이" not in recommended(as_stranger), "another model's list is not shown"
    assert ordered == [stranger.pk] * 2


def test_a_model_that_knows_nothing_of_a_history_says_nothing(
    recommender: ListRecommender, write: Write, stranger: User, as_stranger: Client
) -> None:
    recommender.items = [name(write("고양이", "고양이"))]
    as_stranger.get(write("산책").get_absolute_url())
    as_stranger.get("/")
    assert prepare.call(person_id=stranger.pk) == 0


@pytest.mark.parametrize("failure", [RuntimeError("broken"), ValueError("unknown")])
def test_a_recommender_that_fails_takes_nothing_else_along(
    failure: Exception,
    recommender: ListRecommender,
    write: Write,
    stranger: User,
    as_stranger: Client,
) -> None:
    recommender.failure = failure
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    write("식빵", "빵")
    assert prepare.call(person_id=stranger.pk) == 0
    assert "식빵" in recommended(as_stranger)


def test_who_reset_while_a_list_was_made_has_none(
    recommender: ListRecommender,
    write: Write,
    stranger: User,
    as_stranger: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, other = write("산책"), write("고양이", "고양이")
    as_stranger.get(read.get_absolute_url())
    as_stranger.get("/")

    def reset_meanwhile(history: list[str], **_: Any) -> list[str]:
        actions.reset(stranger)
        return [name(other)]

    monkeypatch.setattr(prediction, "recommend", reset_meanwhile)
    prepare.call(person_id=stranger.pk)
    assert (Prepared.objects.count(), Interaction.objects.count()) == (0, 0)


def test_a_text_that_no_model_can_read_keeps_no_other_waiting(
    write: Write, author: User, as_stranger: Client, embedder: Any
) -> None:
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    embedder.poison = "독"
    offer(author, "빵 독")
    offer(author, "빵 바구니")
    assert read_waiting.call() == 0
    assert "빵 바구니" in recommended(as_stranger)
    embedder.failure, embedder.poison = RuntimeError("down"), None
    offer(author, "빵 접시")
    prediction.forget()
    assert read_waiting.call() == 0
    embedder.failure = None
    assert read_waiting.call() == 1
    assert "빵 접시" in recommended(as_stranger, "/recommendations/")


def test_a_new_model_of_sentences_reads_the_listings_anew(
    write: Write, author: User, as_stranger: Client, embedder: Any
) -> None:
    offer(author, "빵 바구니")
    embedder.version = "sentence-2"
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    assert "빵 바구니" not in recommended(as_stranger), "two models' vectors can not be compared"
    assert (read_unread.call(), read_waiting.call()) == (1, 1)
    assert "빵 바구니" in recommended(as_stranger)


def test_an_old_item_of_a_history_has_its_vector_still(
    write: Write, author: User, monkeypatch: pytest.MonkeyPatch, as_stranger: Client
) -> None:
    monkeypatch.setattr(nearness, "MAX_RECENT", 2)
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    for number in range(3):
        write(f"식빵 {number}", "빵")
    html = recommended(as_stranger)
    assert [f"식빵 {number}" in html for number in range(3)] == [False, True, True]
    assert "「빵 굽기」를 읽으셔서" in html


def test_items_are_found_a_question_a_kind(write: Write, author: User) -> None:
    names = [name(write("빵")), name(write("산책")), f"listing:{offer(author, '책').pk}"]
    with CaptureQueriesContext(connection) as queries:
        found = item.find([*names, "post:99999", "post:x", "rose:1", ""], None)
    assert (sorted(found), len(queries)) == (sorted(names), 2)


def test_the_market_has_its_trained_list_though_all_that_is_best_are_posts(
    recommender: ListRecommender,
    write: Write,
    author: User,
    stranger: User,
    as_stranger: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "NUM_KEPT", 2)
    read, listing = write("산책"), offer(author, "고양이 방석")
    posts = [write(f"자전거 {number}", "자전거") for number in range(5)]
    recommender.items = [*map(name, [read, *posts]), f"listing:{listing.pk}", "rose", "x:1"]
    as_stranger.get(read.get_absolute_url())
    as_stranger.get("/")
    assert prepare.call(person_id=stranger.pk) == 2 + 1
    assert "고양이 방석" in recommended(as_stranger, "/market/")


def test_a_listing_is_near_though_many_posts_are_nearer(
    write: Write, author: User, as_stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommendation, "NUM_NEAR", 3)
    as_stranger.get(write("빵 굽기", "빵").get_absolute_url())
    for number in range(5):
        write(f"빵 {number}", "빵")
    offer(author, "빵 바구니와 고양이")
    assert "바구니" in recommended(as_stranger, "/market/")


def test_what_is_eligible_is_found_behind_much_that_is_not(
    write: Write, author: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LOOKED_UP_AT_ONCE", 2)
    monkeypatch.setattr(history, "ASKED_AT_ONCE", 3)
    posts = [write(f"빵 {number}") for number in range(12)]
    names = [name(each) for each in posts]
    actions.keep(stranger, names[0], "view")
    Post.objects.filter(pk__in=[each.pk for each in posts[1:9]]).update(label="ad")
    assert [*history.find_eligible(names, stranger, number=3)] == names[9:]
    assert len(history.find_eligible(names, stranger, number=1)) <= 2
    assert history.find_eligible(names, author, number=3) == {}


@pytest.mark.parametrize("way", ["by its author", "with the account"])
def test_the_vector_of_a_deleted_listing_is_deleted(way: str, author: User, write: Write) -> None:
    kept = offer(User.objects.create(username="다른 이"), "빵 접시")
    listing = offer(author, "빵 바구니")
    read = Reading.objects.of_kind(Listing).filter(kind="sentence")
    assert read.count() == 2
    if way == "by its author":
        contributions.delete(listing)
    else:
        author.delete()
    assert [each.contribution for each in read.all()] == [kept]

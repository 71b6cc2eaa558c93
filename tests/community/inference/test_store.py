"""One store holds the vectors of all that the model of sentences reads, each kind by itself."""

from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import item
from madang.community.inference import actions, prediction, subject
from madang.community.inference.models import Reading
from madang.community.inference.tasks import read_unread, read_waiting
from madang.community.inference.vectors import store
from madang.community.market import actions as market
from madang.community.market.models import Listing

pytestmark = pytest.mark.usefixtures("all_models")


@pytest.fixture(autouse=True)
def _is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the database be looked at on each question."""
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)


def write(board: Board, author: User, title: str) -> Post:
    return boards.write_post(board=board, author=author, title=title, body="오늘 이야기")


def offer(author: User, title: str) -> Listing:
    return market.write_listing(
        author=author, kind="gift", title=title, body="그림", terms="free", price=None
    )


def numbers(kind: str) -> set[int]:
    index = store.get(kind)
    assert index is not None
    return set(index.newest(100)[0])


def test_posts_and_listings_of_the_same_number_and_text_are_kept_apart(
    database: str, board: Board, author: User
) -> None:
    posts = [write(board, author, "빵") for _ in range(2)]
    listings = [offer(author, "빵") for _ in range(2)]
    store.fill()
    of_posts, of_listings = store.get("post"), store.get("listing")
    assert of_posts is not None
    assert of_listings is not None
    assert [number for number, _ in of_posts.nearest(posts[0].pk)] == [posts[1].pk]
    assert [number for number, _ in of_listings.nearest(listings[0].pk)] == [listings[1].pk]


def test_each_kind_of_item_is_named_as_its_vectors_are(db: None) -> None:
    store.fill()
    assert set(store.indexes()) == {"post", "listing"} <= set(item._finders)
    assert {item.kind_of(kind) for kind in subject.read_by(prediction.SENTENCE)} == {
        "post",
        "listing",
    }


def test_an_edited_text_has_no_vector_until_it_is_read_again(
    board: Board, author: User, embedder: Any
) -> None:
    write(board, author, "산책")
    post, listing = write(board, author, "빵"), offer(author, "빵")
    store.fill()
    embedder.poison = "고양이"
    boards.edit_post(post, board=board, title="고양이", body="고양이")
    market.edit_listing(listing, title="고양이")
    assert post.pk not in numbers("post")
    assert listing.pk not in numbers("listing")
    embedder.poison = None
    Reading.objects.filter(is_waiting=True).update(retry_at=post.created_at)
    assert read_waiting.call() == 2
    assert post.pk in numbers("post")
    assert listing.pk in numbers("listing")


def test_another_model_takes_over_when_it_has_read_the_most(
    board: Board, author: User, embedder: Any
) -> None:
    posts, listing = [write(board, author, f"빵 {each}") for each in range(3)], offer(author, "빵")
    store.fill()
    embedder.version = "sentence-2"
    late = write(board, author, "늦은 빵")
    assert {each.version for each in store.indexes().values()} == {"sentence-1"}
    assert numbers("post") == {each.pk for each in posts}
    assert read_unread.call() == 4
    read_waiting.call()
    store.indexes()
    assert {each.version for each in store.indexes().values()} == {"sentence-2"}
    assert numbers("post") == {each.pk for each in (*posts, late)}
    assert numbers("listing") == {listing.pk}


def test_what_could_not_be_looked_up_is_tried_again_after_a_pause(
    board: Board, author: User, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(indexes: Any) -> bool:
        asked.append(indexes)
        raise RuntimeError("no database")

    asked: list[Any] = []
    write(board, author, "빵")
    store.fill()
    monkeypatch.setattr(store._store, "_take_news", fail)
    assert [len(numbers("post")) for _ in range(3)] == [1, 1, 1]
    assert len(asked) == 1


# another version of the model


def follow() -> set[str]:
    """Look at the database as a page does, and return the versions whose vectors are used."""
    store.indexes()
    return {each.version for each in store.indexes().values()}


def test_the_earlier_vectors_serve_whole_until_the_later_version_has_read_as_much(
    database: str, embedder: Any, anonymous: Client
) -> None:
    author, board = User.objects.create_user("은하"), Board.objects.create(slug="free", name="자유")
    posts = [write(board, author, f"빵 {each}") for each in range(6)]
    store.fill()
    embedder.version, embedder.matters = "sentence-2", ("산책", "빵", "고양이")
    prediction.forget()
    assert actions.is_answering("sentence")
    while actions.open_unread("sentence", batch=100):
        pass
    for number, reading in enumerate(Reading.objects.filter(kind="sentence", is_waiting=True)):
        # After each text another process starts, that knows nothing of what was in memory.
        store.forget()
        store.fill()
        assert follow() == {"sentence-1"}
        assert numbers("post") == {each.pk for each in posts}, number
        html = anonymous.get(posts[0].get_absolute_url()).content.decode()
        assert html.partition('class="related"')[2].count("빵 ") == 5
        # A question that the later version reads is compared with no vector of the earlier one.
        asked = anonymous.get("/search/meaning/?q=빵").content.decode()
        assert "지금은 뜻으로 찾을 수 없습니다" in asked
        assert actions.read(reading, patient=True)
    assert follow() == {"sentence-2"}
    assert numbers("post") == {each.pk for each in posts}
    assert "빵 3" in anonymous.get("/search/meaning/?q=빵").content.decode()
    index = store.get("post")
    assert index is not None
    assert index.newest(1)[1].shape[1] == 4  # of the width of the later version's


def test_a_text_that_only_the_later_version_can_not_read_keeps_it_from_nothing(
    board: Board, author: User, embedder: Any
) -> None:
    for title in ("빵", "산책", "고양이"):
        write(board, author, title)
    store.fill()
    embedder.version, embedder.poison = "sentence-2", "고양이"
    read_unread.call()
    read_waiting.call()
    assert follow() == {"sentence-2"}
    assert len(numbers("post")) == 2


def test_going_back_to_the_earlier_version_uses_its_vectors_again(
    board: Board, author: User, embedder: Any
) -> None:
    posts = {write(board, author, f"빵 {each}").pk for each in range(3)}
    store.fill()
    for version in ("sentence-2", "sentence-1"):
        embedder.version = version
        read_unread.call()
        read_waiting.call()
        assert follow() == {version}
        assert numbers("post") == posts


def test_an_edited_text_leaves_the_vectors_of_the_earlier_version(
    board: Board, author: User, embedder: Any
) -> None:
    posts = [write(board, author, f"빵 {each}") for each in range(4)]
    store.fill()
    embedder.version = "sentence-2"
    boards.edit_post(posts[0], board=board, title="산책", body="산책")
    assert follow() == {"sentence-1"}
    assert numbers("post") == {each.pk for each in posts[1:]}
    store.forget()
    store.fill()
    assert numbers("post") == {each.pk for each in posts[1:]}

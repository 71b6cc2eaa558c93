"""What is shown below a post: what is about the same, and what the reader may see."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madang.community.accounts.actions import save_settings
from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.inference.models import Answer, Reading
from madang.community.inference.vectors import store

pytestmark = pytest.mark.usefixtures("all_models")


def write(board: Board, author: User, title: str, body: str = "오늘 이야기") -> Post:
    return boards.write_post(board=board, author=author, title=title, body=body)


def related(client: Client, post: Post) -> str:
    store.fill()
    html = client.get(post.get_absolute_url()).content.decode()
    return html.partition('class="related"')[2]


def test_posts_about_the_same_stand_below_a_post_nearest_first(
    database: str, board: Board, author: User, anonymous: Client
) -> None:
    post = write(board, author, "빵 굽는 산책", "빵")
    write(board, author, "산책 이야기", "산책 뒤의 빵")
    write(board, author, "빵 이야기", "빵 빵")
    write(board, author, "고양이")
    html = related(anonymous, post)
    assert html.index("빵 이야기") < html.index("산책 이야기")
    assert "고양이" not in html
    assert "빵 굽는 산책" not in html


def test_a_text_is_embedded_once_for_a_model_version(
    board: Board, author: User, stranger: User, embedder: Any
) -> None:
    write(board, author, "빵", "빵")
    write(board, stranger, "빵", "빵")
    assert len(embedder.asked) == 1
    assert Answer.objects.filter(kind="sentence").count() == 1
    assert Reading.objects.filter(kind="sentence", is_waiting=False).count() == 2


def test_what_was_taken_down_or_folded_is_not_shown(
    board: Board, author: User, moderator: User, anonymous: Client
) -> None:
    post, other = write(board, author, "빵 하나"), write(board, author, "빵 둘")
    assert "빵 둘" in related(anonymous, post)
    contributions.remove(other, moderator=moderator)
    assert related(anonymous, post) == ""
    contributions.restore(other)
    Post.objects.filter(pk=other.pk).update(is_folded=True)
    assert related(anonymous, post) == ""


def test_who_hides_advertisements_is_shown_none(
    board: Board, author: User, stranger: User, as_stranger: Client
) -> None:
    post, other = write(board, author, "빵 하나"), write(board, author, "빵 둘")
    Post.objects.filter(pk=other.pk).update(label="ad")
    assert "빵 둘" in related(as_stranger, post)
    save_settings(stranger, hides_advertisements=True)
    assert related(as_stranger, post) == ""


def test_an_edited_or_deleted_post_is_followed(
    board: Board, author: User, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)
    post, other = write(board, author, "빵 하나"), write(board, author, "자전거")
    store.fill()
    third = write(board, author, "빵 셋")
    boards.edit_post(other, board=board, title="빵 둘", body="빵")
    html = anonymous.get(post.get_absolute_url()).content.decode().partition("related")[2]
    assert ("빵 둘" in html, "빵 셋" in html) == (True, True)
    contributions.delete(third)
    assert "빵 셋" not in anonymous.get(post.get_absolute_url()).content.decode()


def test_what_is_committed_late_is_still_taken_up(
    board: Board, author: User, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow transaction noted its change before the index was filled, and ended after that."""
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)
    post = write(board, author, "빵 하나")
    before = timezone.now()
    store.fill()
    late = write(board, author, "빵 둘")
    readings = Reading.objects.filter(kind="sentence", object_id=late.pk)
    assert readings.update(updated_at=before - timedelta(seconds=10)) == 1
    assert "빵 둘" in anonymous.get(post.get_absolute_url()).content.decode()


def test_a_page_waits_for_no_index(
    board: Board, author: User, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(store.Store, "_fill_in_thread", lambda self: started.append(self))
    post = write(board, author, "빵 하나")
    write(board, author, "빵 둘")
    for _ in range(3):
        assert anonymous.get(post.get_absolute_url()).status_code == 200
    assert len(started) == 1


def test_a_page_is_drawn_though_the_index_can_not_follow(
    board: Board, author: User, anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(indexes: Any) -> bool:
        raise RuntimeError("no database")

    post = write(board, author, "빵 하나")
    write(board, author, "빵 둘")
    store.fill()
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)
    monkeypatch.setattr(store._store, "_take_news", fail)
    assert "빵 둘" in anonymous.get(post.get_absolute_url()).content.decode()


def test_without_the_model_nothing_is_asked_and_nothing_shown(
    board: Board, author: User, anonymous: Client, settings: Any
) -> None:
    settings.MADANG_SENTENCE_MODEL = ""
    post = write(board, author, "빵 하나")
    write(board, author, "빵 둘")
    assert not Reading.objects.filter(kind="sentence").exists()
    store.forget()
    with CaptureQueriesContext(connection) as queries:
        assert "related" not in anonymous.get(post.get_absolute_url()).content.decode()
    assert not any("vector" in query["sql"] for query in queries)


def test_search_by_meaning_is_a_second_way_beside_that_by_words(
    board: Board, author: User, anonymous: Client
) -> None:
    write(board, author, "동네 가게", "빵 빵 빵")
    write(board, author, "고양이")
    store.fill()
    by_words = anonymous.get("/search/?q=빵").content.decode()
    assert "/search/meaning/?q=%EB%B9%B5" in by_words
    assert "동네 가게" not in by_words
    by_meaning = anonymous.get("/search/meaning/?q=빵").content.decode()
    assert "동네 가게" in by_meaning
    assert "고양이" not in by_meaning


@pytest.mark.parametrize("query", ["", " ", "\0", "a" * 5000, "<script>"])
def test_any_search_by_meaning_is_answered(query: str, anonymous: Client, board: Board) -> None:
    store.fill()
    assert anonymous.get("/search/meaning/", {"q": query}).status_code in (200, 302)

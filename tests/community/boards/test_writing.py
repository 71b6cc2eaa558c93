"""Whatever is typed is answered clearly, and nothing typed is lost."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import QuerySet
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post

pytestmark = pytest.mark.usefixtures("board")


def write(client: Client, title: str, body: str) -> tuple[int, str]:
    """Post the form; return the status and the page."""
    board = Board.objects.get()
    fields = {"board": board.pk, "title": title, "body": body}
    answer = client.post("/boards/free/write/", fields)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize("empty", ["", "   ", "\n\n", "\u200b", "\u3164\u3164", "\0", "\u202e"])
def test_a_title_nobody_can_see_is_refused_and_the_text_stays(
    empty: str, as_author: Client
) -> None:
    status, page = write(as_author, empty, "애써 쓴 본문")
    assert (status, Post.objects.count()) == (200, 0)
    assert "제목에 보이는 글자가 없습니다. 한 글자 이상 써 주세요." in page
    assert "애써 쓴 본문" in page


def test_a_body_of_100_000_letters_is_refused_with_what_to_do_and_stays(
    as_author: Client,
) -> None:
    status, page = write(as_author, "긴 글", "가" * 100_000)
    assert (status, Post.objects.count()) == (200, 0)
    assert "100,000자입니다. 20,000자까지 쓸 수 있습니다. 80,000자를 줄이거나" in page
    assert "가" * 100_000 in page


def test_a_title_too_long_is_refused_and_stays(as_author: Client) -> None:
    _, page = write(as_author, "제" * 101, "본문")
    assert "101자입니다. 100자까지 쓸 수 있습니다. 1자를 줄이거나" in page
    assert "제" * 101 in page


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("가", "나"),
        ("🙂🙂🙂", "🎉"),
        ("مرحبا", "שלום עולם"),
        ("제" * 100, "본" * 20_000),
        ("'; DROP TABLE boards_post; --", "1 OR 1=1"),
    ],
)
def test_an_unusual_text_is_kept_as_it_is(title: str, body: str, as_author: Client) -> None:
    assert write(as_author, title, body)[0] == 302
    post = Post.objects.get()
    assert (post.title, post.body) == (title, body)
    assert as_author.get(post.get_absolute_url()).status_code == 200


def test_decomposed_korean_is_kept_composed(as_author: Client) -> None:
    write(
        as_author, unicodedata.normalize("NFD", "한글 제목"), unicodedata.normalize("NFD", "본문")
    )
    post = Post.objects.get()
    assert (post.title, post.body) == ("한글 제목", "본문")


def test_nul_and_control_characters_are_dropped(as_author: Client) -> None:
    write(as_author, "제\0목\x07", "첫째\0 줄\r\n\x1b둘째 줄\t끝")
    post = Post.objects.get()
    assert (post.title, post.body) == ("제목", "첫째 줄\n둘째 줄\t끝")


def test_half_of_a_surrogate_pair_is_dropped(as_author: Client) -> None:
    body = b"board=%d&title=%%EC%%A0%%9C&body=a%%ED%%A0%%80b" % Board.objects.get().pk
    answer = as_author.post(
        "/boards/free/write/", body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 302
    Post.objects.get().body.encode()


def test_a_board_that_is_not_there_is_refused_and_the_text_stays(as_author: Client) -> None:
    fields = {"board": 999_999, "title": "제목", "body": "애써 쓴 본문"}
    page = as_author.post("/boards/free/write/", fields).content.decode()
    assert "애써 쓴 본문" in page
    assert not Post.objects.exists()


def test_an_empty_comment_is_refused_and_a_long_one_stays(as_author: Client, post: Post) -> None:
    address = f"/posts/{post.pk}/comments/"
    empty = as_author.post(address, {"body": " "})
    long = as_author.post(address, {"body": "말" * 2001})
    assert (empty.status_code, long.status_code) == (422, 422)
    assert "보이는 글자가 없습니다" in empty.content.decode()
    assert "말" * 2001 in long.content.decode()
    assert not post.comments.exists()


def test_what_was_typed_survives_a_lost_login(
    anonymous: Client, password: str, author: User
) -> None:
    status, _ = write(anonymous, "로그인이 풀린 글", "애써 쓴 본문")
    assert (status, Post.objects.count()) == (302, 0)
    login = {"login": "은하", "password": password, "next": "/boards/free/write/"}
    page = anonymous.post("/accounts/login/", login, follow=True).content.decode()
    assert "로그인이 풀린 글" in page
    assert "애써 쓴 본문" in page
    again = anonymous.get("/boards/free/write/").content.decode()
    assert "애써 쓴 본문" not in again


def test_a_comment_survives_a_lost_login(
    anonymous: Client, password: str, author: User, post: Post
) -> None:
    anonymous.post(f"/posts/{post.pk}/comments/", {"body": "애써 쓴 댓글"})
    login = {"login": "은하", "password": password, "next": post.get_absolute_url()}
    page = anonymous.post("/accounts/login/", login, follow=True).content.decode()
    assert "애써 쓴 댓글" in page


def test_what_was_typed_survives_a_stale_page(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    fields = {"title": "낡은 화면", "body": "애써 쓴 <b>본문</b>", "password": "비밀이다"}
    answer = client.post("/boards/free/write/", fields)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "애써 쓴 &lt;b&gt;본문&lt;/b&gt;" in page
    assert "비밀이다" not in page


def test_without_any_board_the_page_says_what_is_missing(as_author: Client) -> None:
    Board.objects.all().delete()
    answer = as_author.get("/write/")
    assert answer.status_code == 404
    assert "게시판이 없습니다" in answer.content.decode()


def delete_while_writing(monkeypatch: pytest.MonkeyPatch, post: Post) -> None:
    """Delete the post after its page was allowed and before the text is kept."""
    for name in ("edit_post", "write_comment"):
        write = getattr(actions, name)

        def act(given: Post, write: Any = write, **fields: Any) -> Any:
            Post.objects.filter(pk=post.pk).delete()
            return write(given, **fields)

        monkeypatch.setattr(actions, name, act)


@pytest.mark.parametrize("page", ["edit", "comments"])
@pytest.mark.parametrize("moment", ["before", "same instant"])
def test_what_is_typed_for_a_post_deleted_meanwhile_is_given_back(
    page: str,
    moment: str,
    as_author: Client,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"/posts/{post.pk}/{page}/"
    fields = {"board": post.board_id, "title": "새 제목", "body": "애써 쓴 글"}
    if moment == "before":
        Post.objects.all().delete()
    else:
        delete_while_writing(monkeypatch, post)
    answer = as_author.post(address, fields)
    html = answer.content.decode()
    assert answer.status_code == 410
    assert "글이 그사이 지워졌습니다" in html
    assert "애써 쓴 글" in html
    assert as_author.get(f"/posts/{post.pk}/edit/").status_code == 404


def token_of(client: Client, address: str) -> str:
    found = re.search(r'name="token" value="([0-9a-f-]{36})"', client.get(address).content.decode())
    assert found
    return found.group(1)


def test_a_second_click_writes_nothing_and_leads_to_the_first(as_author: Client) -> None:
    board = Board.objects.get()
    fields = {"board": board.pk, "title": "한 번", "body": "본문"}
    fields["token"] = token_of(as_author, "/boards/free/write/")
    answers = [as_author.post("/boards/free/write/", fields) for _ in range(2)]
    assert {answer["Location"] for answer in answers} == {Post.objects.get().get_absolute_url()}


def test_a_second_click_comments_once(as_stranger: Client, post: Post) -> None:
    fields = {"body": "한 번만", "token": token_of(as_stranger, post.get_absolute_url())}
    for _ in range(2):
        assert as_stranger.post(f"/posts/{post.pk}/comments/", fields).status_code == 302
    assert post.comments.count() == 1


def test_who_goes_back_and_writes_anew_writes_a_second_post(as_author: Client) -> None:
    fields = {"board": Board.objects.get().pk, "title": "하나", "body": "본문"}
    fields["token"] = token_of(as_author, "/boards/free/write/")
    as_author.post("/boards/free/write/", fields)
    as_author.post("/boards/free/write/", {**fields, "title": "둘"})
    assert {post.title for post in Post.objects.all()} == {"하나", "둘"}


def test_two_clicks_at_once_write_one_post(
    database: str, make_person: Callable[[str], User], monkeypatch: pytest.MonkeyPatch
) -> None:
    author, token = make_person("둘째"), uuid4()
    board = Board.objects.create(slug="once", name="한 번")
    fields = {"board": board, "author": author, "title": "한 번", "body": "본문"}
    first = actions.write_post(**fields, token=token)
    find, calls = QuerySet.first, []

    def find_too_early(rows: Any) -> Any:
        """See nothing the first time: the other click is not stored yet."""
        calls.append(rows)
        return None if len(calls) == 1 else find(rows)

    monkeypatch.setattr(QuerySet, "first", find_too_early)
    assert actions.write_post(**fields, token=token) == first
    assert Post.objects.filter(title="한 번").count() == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 400, "\0"])
def test_a_form_with_a_broken_token_is_taken(token: str, as_author: Client) -> None:
    fields = {"board": Board.objects.get().pk, "title": "제목", "body": "본문", "token": token}
    assert as_author.post("/boards/free/write/", fields).status_code == 302
    assert Post.objects.count() == 1

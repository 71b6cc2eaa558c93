"""Whatever is typed is answered clearly, and nothing typed is lost."""

import unicodedata

import pytest
from django.test import Client

from madang.community.accounts.models import User
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

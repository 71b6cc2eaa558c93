"""Attempts to break in: scripts in texts, forged forms, SQL in addresses, foreign hosts."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Comment, Post

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</title><script>alert(1)</script>",
    "{{ 7|add:7 }}{% debug %}",
    "javascript:alert(1)",
    "http://a.kr/\"onmouseover='alert(1)'",
]
OWN_SCRIPT = "/static/django_htmx/htmx-2.min.js"


class Markup(HTMLParser):
    """Reads a page as a browser does and collects what could run."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"img", "iframe", "object", "style"}:
            self.dangers.append(tag)
        if tag == "script" and dict(attrs).get("src") != OWN_SCRIPT:
            self.dangers.append("script")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.dangers.append(name)
            if (value or "").strip().lower().startswith("javascript:") and name != "value":
                self.dangers.append(f"{name}={value}")


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("label", ["", "ad"])
def test_no_text_becomes_markup(
    attack: str, label: str, as_author: Client, board: Board, author: User
) -> None:
    post = actions.write_post(board=board, author=author, title=attack, body=attack)
    Post.objects.update(label=label)
    actions.write_comment(post, author=author, body=attack)
    pages = ["/", "/boards/free/", "/people/은하/", "/people/은하/comments/"]
    pages += [post.get_absolute_url(), f"/posts/{post.pk}/edit/", f"/posts/{post.pk}/delete/"]
    for path in [*pages, "search"]:
        query = {"q": attack} if path == "search" else {}
        html = as_author.get("/search/" if query else path, query).content.decode()
        assert Markup(html).dangers == [], path


def test_the_reader_of_markup_sees_each_kind_of_danger() -> None:
    html = '<script>1</script><img src=x onerror=alert(1)><a href=" JavaScript:1">a</a>'
    assert Markup(html).dangers == ["script", "img", "onerror", "href= JavaScript:1"]


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/none/"])
def test_pages_forbid_scripts_that_are_not_the_sites(path: str, anonymous: Client) -> None:
    answer = anonymous.get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert b"<style" not in answer.content
    assert b" style=" not in answer.content
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/boards/free/write/",
        "/posts/{0}/edit/",
        "/posts/{0}/delete/",
        "/posts/{0}/comments/",
        "/comments/{1}/delete/",
        "/accounts/settings/",
        "/accounts/logout/",
    ],
)
def test_a_form_of_another_site_does_nothing(path: str, post: Post, author: User) -> None:
    comment = actions.write_comment(post, author=author, body="댓글")
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(author, backend="django.contrib.auth.backends.ModelBackend")
    fields = {"board": post.board_id, "title": "위조", "body": "위조", "hides_advertisements": "on"}
    answer = forged.post(path.format(post.pk, comment.pk), fields)
    author.refresh_from_db()
    assert answer.status_code == 403
    assert [str(post) for post in Post.objects.all()] == ["백화점에서 산 빵"]
    assert Comment.objects.count() == 1
    assert not author.hides_advertisements
    assert "로그아웃" in forged.get("/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/search/?q=%27%3B+DROP+TABLE+boards_post%3B--",
        "/search/?q=%22+OR+grams+MATCH+%22a",
        "/?before=1%27+OR+1%3D1",
        "/?after=-1",
        "/?before=9e9",
        "/boards/free/?before=٣",
        "/people/%27%20OR%201=1--/",
        "/posts/1%20OR%201=1/",
    ],
)
def test_sql_in_an_address_is_only_text(path: str, anonymous: Client, post: Post) -> None:
    assert anonymous.get(path).status_code in (200, 404)
    assert Post.objects.count() == 1


def test_a_foreign_host_is_refused(anonymous: Client) -> None:
    assert anonymous.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_session_cookie_is_hidden_from_scripts(
    anonymous: Client, author: User, password: str
) -> None:
    anonymous.post("/accounts/login/", {"login": "은하", "password": password})
    cookie = anonymous.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_the_administration_is_closed_to_authors_and_moderators(
    as_author: Client, as_moderator: Client
) -> None:
    for client in (as_author, as_moderator):
        assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("path", ["/posts/{0}/comments/", "/comments/{0}/delete/"])
def test_a_change_is_never_made_by_a_link(path: str, as_author: Client, post: Post) -> None:
    assert as_author.get(path.format(post.pk)).status_code == 405


def test_choosing_a_language_leads_to_no_other_site(anonymous: Client) -> None:
    fields = {"language": "en", "next": "https://example.org/"}
    assert anonymous.post("/language/setlang/", fields)["Location"] == "/"


def test_a_page_that_fails_says_so_without_telling_why(
    anonymous: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("madang.community.boards.views.reading.turn_to", fail)
    anonymous.raise_request_exception = False
    answer = anonymous.get("/")
    assert answer.status_code == 500
    assert "잠시 문제가 생겼습니다" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/", "/write/", "/accounts/settings/", "post"])
def test_a_page_of_somebody_logged_in_stays_in_their_browser(
    path: str, as_author: Client, anonymous: Client, post: Post
) -> None:
    address = post.get_absolute_url() if path == "post" else path
    assert "private" in as_author.get(address)["Cache-Control"]
    assert "private" not in anonymous.get("/").headers.get("Cache-Control", "")

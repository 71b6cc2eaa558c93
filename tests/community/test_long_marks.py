"""Runs of combining marks: nobody's text may keep the site busy, nor be lost for nothing.

What is counted is what is composed, not how long it takes: CPython sorted a run of marks by
insertion, so the square of the longest run is what an attack cost.
"""

import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from madang.community.accounts.adapter import name_of_login
from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension.search import parse_query, split_words
from madang.community.market.models import Listing
from madang.community.moderation.disclosure import disclosed_spans
from madang.community.tags.models import Tag
from madang.community.tags.name import clean_name

MARKS = "\u0315\u0300"
FORM = "application/x-www-form-urlencoded"
HARMLESS = 60


def longest_run(text: str) -> int:
    """Count the marks of a text's longest run, in or out of order."""
    groups = groupby(text, key=lambda letter: unicodedata.combining(letter) > 0)
    return max((len(list(run)) for is_mark, run in groups if is_mark), default=0)


@pytest.fixture(autouse=True)
def composed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Keep the longest run of all that is composed, by whomever; none may be long."""
    runs = [0]
    normalize, is_normalized = unicodedata.normalize, unicodedata.is_normalized

    def watch(call: Any) -> Any:
        def watched(form: str, text: str) -> Any:
            runs.append(longest_run(text))
            # What would take minutes is not tried out.
            return call(form, text[:1000])

        return watched

    monkeypatch.setattr(unicodedata, "normalize", watch(normalize))
    monkeypatch.setattr(unicodedata, "is_normalized", watch(is_normalized))
    yield runs
    assert max(runs) <= HARMLESS


def urlencoded(client: Client, path: str, fields: dict[str, Any]) -> Any:
    return client.post(path, urlencode(fields), content_type=FORM)


@pytest.mark.parametrize("path", ["/admin/login/", "/accounts/login/", "/accounts/signup/"])
@pytest.mark.parametrize("number", [2_000, 30_000])
def test_a_name_of_marks_costs_a_stranger_nothing_to_send_and_us_nothing_to_read(
    path: str, number: int, database: str, anonymous: Client
) -> None:
    name = "e" + MARKS * number
    fields = dict.fromkeys(["username", "login", "password", "password1", "password2"], name)
    multipart = anonymous.post(path, fields)
    assert multipart.status_code in (200, 413)
    assert urlencoded(anonymous, path, {**fields, "password": "x"}).status_code in (200, 413)


@pytest.mark.parametrize("number", [10, 2_000, 30_000])
def test_failed_logins_are_counted_whatever_is_typed(number: int, rf: Any) -> None:
    request = rf.post("/accounts/login/")
    name = name_of_login(request, {"username": " E" + MARKS * number})
    assert name.startswith(("e", "è"))
    assert len(name) <= 150


def test_a_name_is_counted_alike_however_it_is_composed(rf: Any) -> None:
    spellings = ("은하", unicodedata.normalize("NFD", "은하"), " 은하 ")
    request = rf.post("/accounts/login/")
    assert {name_of_login(request, {"username": each}) for each in spellings} == {"은하"}


@pytest.mark.parametrize("mark", [MARKS, "\uff9e", "\u0301", "\uff9e\u0301"])
def test_nobody_is_called_by_a_run_of_marks(mark: str, anonymous: Client, password: str) -> None:
    for number in (31, 60):
        fields = {"username": "a" + mark * number, "password1": password, "password2": password}
        assert anonymous.post("/accounts/signup/", fields).status_code == 200
    assert User.objects.count() == 0


def test_a_post_keeps_the_first_thirty_marks_of_a_run(
    database: str, as_author: Client, board: Board
) -> None:
    fields = {"board": board.pk, "title": "e" + "\u0315" * 80, "body": "가" + "\u0315" * 19_000}
    assert as_author.post("/boards/free/write/", fields).status_code == 302
    post = Post.objects.get()
    assert (post.title, post.body) == ("e" + "\u0315" * 30, "가" + "\u0315" * 30)


@pytest.mark.parametrize("hidden", ["", "\0", "\x1b", "\ud800"])
def test_a_post_of_marks_is_answered(
    hidden: str, database: str, as_author: Client, board: Board
) -> None:
    unit = f"\u0315{hidden}\u0300{hidden}".encode(errors="ignore").decode()
    fields = {"board": board.pk, "title": unit * 200, "body": unit * 20_000}
    assert as_author.post("/boards/free/write/", fields).status_code == 200
    assert Post.objects.count() == 0


def test_every_text_that_a_member_sends_is_broken_first(
    database: str, as_author: Client, as_stranger: Client, as_moderator: Client, post: Post
) -> None:
    text = "가" + MARKS * 900
    assert as_stranger.post(f"/posts/{post.pk}/comments/", {"body": text}).status_code == 302
    assert len(Comment.objects.get().body) == 31
    listing = {"kind": "gift", "title": "가" + MARKS * 45, "body": text * 10, "terms": "free"}
    assert as_author.post("/market/write/", listing).status_code == 302
    number = Listing.objects.get().pk
    assert len(Listing.objects.get().body) == 310
    as_stranger.post(f"/market/{number}/review/", {"stars": "5", "body": text[:1000]})
    as_author.post(f"/moderation/posts/{post.pk}/appeal/", {"sentence": text * 10})
    as_moderator.post("/moderation/decide/", {"chosen": "1", "action": "ad", "note": text * 10})
    as_author.post("/moderation/disclosure-check/", {"title": text[:90], "body": text * 10})
    for path in ("/", f"/posts/{post.pk}/", "/people/나그네/comments/", f"/market/{number}/"):
        assert as_author.get(path).status_code == 200


def test_old_texts_with_long_runs_are_shown_and_judged(
    database: str, as_author: Client, post: Post
) -> None:
    Post.objects.update(body="가" + MARKS * 5_000)
    post.refresh_from_db()
    assert len(post.judged_text) < 60
    disclosed_spans(post.title, post.body)
    assert as_author.get(f"/posts/{post.pk}/").status_code == 200


@pytest.mark.parametrize("path", ["/search/", "/market/", "/search/meaning/"])
def test_a_search_for_marks_finds_nothing(path: str, database: str, anonymous: Client) -> None:
    assert anonymous.get(path, {"q": "가" + MARKS * 2_000}).status_code in (200, 302)
    assert parse_query("가" + MARKS * 40_000) == (("가",),)
    assert split_words("e" + MARKS * 40_000) == ["è"]


def test_a_tag_with_a_run_of_marks_is_refused_and_said(as_author: Client, post: Post) -> None:
    assert clean_name("e" + MARKS * 16) == clean_name("e" + "\u0315\0\u0300\0" * 16) == ""
    assert clean_name("cafe\u0301") == "café"
    answer = as_author.post(f"/tags/posts/{post.pk}/add/", {"name": "가" + MARKS * 20}, follow=True)
    assert Tag.objects.count() == 0
    assert "태그로 쓸 수 있는 이름이 없습니다." in answer.content.decode()
    as_author.post(f"/tags/posts/{post.pk}/add/", {"name": "첫눈, 가" + MARKS * 20})
    assert [tag.name for tag in Tag.objects.all()] == ["첫눈"]
    assert as_author.get("/tags/" + "가" + MARKS * 500 + "/").status_code == 404

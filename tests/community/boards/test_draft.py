"""A text of somebody logged out is kept, but not any number of them, of any size, for ever."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.market.models import Listing
from madang.community.throttling import actions

FORMS = {
    "write": ("/boards/free/write/", {"title": 100, "body": 20_000}),
    "edit": ("/posts/{post}/edit/", {"title": 100, "body": 20_000}),
    "comment": ("/posts/{post}/comments/", {"body": 2_000}),
    "listing": ("/market/write/", {"title": 100, "body": 20_000, "price": 40}),
    "edit listing": ("/market/{listing}/edit/", {"title": 100, "body": 20_000}),
    "review": ("/market/{listing}/review/", {"body": 1_000}),
}


@pytest.fixture
def places(post: Post, author: User) -> dict[str, int]:
    listing = Listing.objects.create(
        author=author, kind="gift", title="목도리", body="울", terms="free"
    )
    return {"post": post.pk, "listing": listing.pk}


def send(form: str, places: dict[str, int], extra: int = 0, **client: Any) -> Any:
    address, lengths = FORMS[form]
    fields = {name: "글" * most for name, most in lengths.items()}
    fields["body"] += "긴" * extra
    return Client(**client).post(address.format(**places), fields)


@pytest.mark.parametrize("form", FORMS)
def test_what_the_form_takes_is_kept_and_what_it_would_refuse_is_shown_to_copy(
    form: str, places: dict[str, int]
) -> None:
    assert send(form, places).status_code == 302
    assert Session.objects.count() == 1
    refused = send(form, places, extra=1)
    assert refused.status_code == 413
    assert "글긴" in refused.content.decode()
    assert Session.objects.count() == 1


def test_an_end_of_line_counts_once(places: dict[str, int]) -> None:
    fields = {"title": "제목", "body": "가\r\n" * 10_000}
    assert Client().post("/boards/free/write/", fields).status_code == 302


@pytest.mark.parametrize("form", FORMS)
def test_one_address_has_no_more_than_ten_kept_an_hour(form: str, places: dict[str, int]) -> None:
    statuses = [send(form, places, REMOTE_ADDR="10.0.0.1").status_code for _ in range(12)]
    assert statuses == [302] * 10 + [429] * 2
    assert Session.objects.count() == 10
    refused = send(form, places, REMOTE_ADDR="10.0.0.1").content.decode()
    assert "글글글" in refused
    assert send(form, places, REMOTE_ADDR="10.0.0.2").status_code == 302


def test_a_draft_is_deleted_after_two_hours(
    places: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    send("write", places)
    ends = Session.objects.get().expire_date - timezone.now()
    assert 7_100 < ends.total_seconds() <= 7_200
    actions.clear_expired()
    assert Session.objects.count() == 1
    Session.objects.update(expire_date=timezone.now())
    actions.clear_expired()
    assert Session.objects.count() == 0


@pytest.mark.parametrize("way", ["login", "signup"])
def test_who_logs_in_after_a_draft_stays_logged_in_as_long_as_others(
    way: str, places: dict[str, int], password: str
) -> None:
    browser = Client()
    browser.post("/boards/free/write/", {"title": "제목", "body": "애써 쓴 본문"})
    fields = {"username": "새봄", "password1": password, "password2": password}
    if way == "login":
        fields = {"login": "은하", "password": password}
    browser.post(f"/accounts/{way}/", fields)
    assert SessionStore(browser.cookies["sessionid"].value).get_expiry_age() > 86_400 * 7
    assert "애써 쓴 본문" in browser.get("/boards/free/write/").content.decode()

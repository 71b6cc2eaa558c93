"""The market's pages: offering, narrowing, searching, and what stars come to."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.community.accounts.models import User
from madang.community.extension import actions as contributions
from madang.community.market import actions
from madang.community.market.models import Listing


def offer(author: User, title: str, **fields: Any) -> Listing:
    whole = {"kind": "gift", "body": "설명", "terms": "free", "price": None, **fields}
    return actions.write_listing(author=author, title=title, **whole)


def titles(client: Client, address: str) -> list[str]:
    html = client.get(address).content.decode()
    return re.findall(r'<h2><a href="/market/\d+/" dir="auto">(.*?)</a>', html)


def test_the_list_is_narrowed_by_kind_state_and_words(
    database: str, make_person: Callable[[str], User], anonymous: Client
) -> None:
    author = make_person("은하")
    offer(author, "손뜨개 목도리")
    offer(author, "손뜨개 수업", kind="talent")
    actions.set_open(offer(author, "목도리 나눔"), is_open=False)
    assert titles(anonymous, "/market/") == ["손뜨개 수업", "손뜨개 목도리"]
    assert titles(anonymous, "/market/?kind=gift") == ["손뜨개 목도리"]
    assert titles(anonymous, "/market/?kind=closed") == ["목도리 나눔"]
    assert titles(anonymous, "/market/?q=뜨개") == ["손뜨개 수업", "손뜨개 목도리"]
    assert titles(anonymous, "/market/?q=뜨개&kind=talent") == ["손뜨개 수업"]
    assert titles(anonymous, "/market/?kind=nonsense") == titles(anonymous, "/market/")


def test_an_edited_title_is_found_by_its_new_words_only(
    database: str, make_person: Callable[[str], User], anonymous: Client
) -> None:
    listing = offer(make_person("은하"), "손뜨개 목도리")
    actions.edit_listing(listing, title="유자청")
    assert (titles(anonymous, "/market/?q=유자"), titles(anonymous, "/market/?q=목도리")) == (
        ["유자청"],
        [],
    )
    contributions.delete(listing)
    assert titles(anonymous, "/market/?q=유자") == []


def test_pages_of_the_list_follow_each_other(author: User, anonymous: Client) -> None:
    for number in range(25):
        offer(author, f"물건 {number}")
    first = titles(anonymous, "/market/")
    oldest = Listing.objects.get(title=first[-1]).pk
    second = titles(anonymous, f"/market/?before={oldest}")
    assert [*first, *second] == [f"물건 {number}" for number in range(24, -1, -1)]


def test_a_list_asks_the_database_equally_often_for_2_and_for_20(
    author: User, stranger: User, anonymous: Client
) -> None:
    counts = []
    for number in (2, 18):
        for each in range(number):
            listing = offer((author, stranger)[each % 2], f"물건 {each}")
            reviewer = (stranger, author)[each % 2]
            actions.write_review(listing, author=reviewer, stars=5, body="")
        with CaptureQueriesContext(connection) as queries:
            anonymous.get("/market/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 2


def test_a_listing_asks_the_database_equally_often_for_2_reviews_and_for_20(
    author: User, make_person: Callable[[str], User], as_author: Client
) -> None:
    listing = offer(author, "목도리")
    counts = []
    for number in (2, 20):
        for each in range(number):
            person = make_person(f"이웃{number}-{each}")
            actions.set_taken(listing, person=person, is_taken=True)
            actions.write_review(listing, author=person, stars=5, body="")
        with CaptureQueriesContext(connection) as queries:
            as_author.get(listing.get_absolute_url())
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_stars_are_the_mean_of_the_reviews_that_are_up(
    database: str, make_person: Callable[[str], User], anonymous: Client
) -> None:
    listing = offer(make_person("은하"), "목도리")
    for number, stars in enumerate((5, 4, 1)):
        person = make_person(f"이웃{number}")
        review = actions.write_review(listing, author=person, stars=stars, body="말")
    contributions.remove(review, moderator=person)
    for address in ("/market/", listing.get_absolute_url()):
        html = anonymous.get(address).content.decode()
        assert "4.5" in html
        assert "별점 5점 중 4.5점" in html


def test_who_bought_it_is_named_so_beside_their_review(
    author: User, stranger: User, moderator: User, anonymous: Client
) -> None:
    listing = offer(author, "목도리", terms="sale", price=100)
    for person in (stranger, moderator):
        actions.write_review(listing, author=person, stars=5, body="")
    actions.set_taken(listing, person=stranger, is_taken=True)
    assert anonymous.get(listing.get_absolute_url()).content.decode().count("구매한 사람") == 1


def test_a_listing_is_written_in_the_form(as_author: Client, typed: dict[str, str]) -> None:
    answer = as_author.post("/market/write/", typed, follow=True)
    assert "60,000원" in answer.content.decode()
    listing = Listing.objects.get()
    assert (listing.author.username, listing.is_open) == ("은하", True)


def test_a_second_click_offers_nothing_twice(as_author: Client, typed: dict[str, str]) -> None:
    html = as_author.get("/market/write/").content.decode()
    token = re.search(r'name="token" value="([^"]+)"', html)
    assert token
    for _ in range(2):
        as_author.post("/market/write/", {**typed, "token": token[1]})
    assert Listing.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"price": ""}, "값을 써 주세요"),
        ({"price": "싸게"}, "‘싸게’"),
        ({"price": "0"}, "1원부터"),
        ({"price": "-5"}, "1원부터"),
        ({"price": "9" * 30}, "1원부터"),
        ({"price": "0" * 19 + "1" + "9" * 30}, "1원부터"),
        ({"price": "0" * 19 + "1" + "9" * 5000}, "1원부터"),
        ({"price": "１２"}, "1원부터"),
        ({"title": "\u3164"}, "보이는 글자가 없습니다"),
        ({"kind": "house"}, "error"),
    ],
)
def test_a_listing_that_can_not_be_is_refused_with_all_that_was_typed(
    changed: dict[str, str], told: str, as_author: Client, typed: dict[str, str]
) -> None:
    html = as_author.post("/market/write/", {**typed, **changed}).content.decode()
    assert told in html
    assert "한 곡" in html
    assert not Listing.objects.exists()


@pytest.mark.parametrize("terms", ["free", "exchange"])
def test_a_price_is_dropped_where_nothing_is_sold(
    terms: str, as_author: Client, typed: dict[str, str]
) -> None:
    as_author.post("/market/write/", {**typed, "terms": terms, "price": "싸게"})
    assert Listing.objects.get().price is None


def test_what_somebody_not_logged_in_typed_waits_for_them(
    anonymous: Client, typed: dict[str, str], stranger: User, password: str
) -> None:
    asked = anonymous.post("/market/write/", typed, follow=True).redirect_chain[-1][0]
    html = anonymous.post(
        asked, {"login": stranger.username, "password": password}, follow=True
    ).content.decode()
    assert "기타 수업" in html
    assert "60,000원" in html


def test_an_edit_of_a_listing_deleted_meanwhile_loses_no_text(
    as_author: Client, author: User, typed: dict[str, str]
) -> None:
    listing = offer(author, "목도리")
    address = f"{listing.get_absolute_url()}edit/"
    contributions.delete(listing)
    answer = as_author.post(address, typed)
    assert answer.status_code == 410
    assert "기타 수업" in answer.content.decode()


def test_markup_in_a_listing_and_a_review_is_shown_as_text(
    author: User, stranger: User, anonymous: Client
) -> None:
    listing = offer(author, "<b>굵게</b>", body="<script>x</script>")
    actions.write_review(listing, author=stranger, stars=3, body="<i>x</i>")
    html = anonymous.get(listing.get_absolute_url()).content.decode()
    assert not re.search("<b>굵게|<script>x|<i>x", html)


@pytest.mark.parametrize("query", ["", " ", "\0", "a" * 5000, "<script>", "'\"", "*"])
def test_any_search_is_answered(query: str, anonymous: Client) -> None:
    assert anonymous.get("/market/", {"q": query}).status_code == 200


@pytest.mark.parametrize("page", ["/market/", "/market/write/", "listing", "/accounts/settings/"])
def test_a_page_in_english_has_no_korean_but_what_people_wrote(
    page: str, as_author: Client, author: User, stranger: User
) -> None:
    listing = offer(author, "Scarf", body="Wool.", terms="sale", price=1200)
    actions.write_review(listing, author=stranger, stars=4, body="Warm.")
    actions.set_taken(listing, person=stranger, is_taken=True)
    as_author.cookies["django_language"] = "en"
    address = listing.get_absolute_url() if page == "listing" else page
    html = as_author.get(address).content.decode()
    for written in ("한국어", "은하", "나그네"):
        html = html.replace(written, "")
    assert re.findall("[가-힣]+", html) == []

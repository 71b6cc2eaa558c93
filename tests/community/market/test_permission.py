"""Who may do what on the market: the author, a moderator, a stranger, somebody not logged in."""

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.extension import actions as contributions
from madang.community.extension.lock import GoneError
from madang.community.market import actions
from madang.community.market.models import Listing, Purchase, Review

OTHERS = ["as_stranger", "as_moderator", "anonymous"]


def post(client: Client, listing: Listing, place: str, **fields: str) -> int:
    return client.post(f"/market/{listing.pk}/{place}/", fields).status_code


def test_the_author_edits_a_listing(
    as_author: Client, listing: Listing, typed: dict[str, str]
) -> None:
    assert post(as_author, listing, "edit", **typed) == 302
    listing.refresh_from_db()
    assert (listing.title, listing.kind, listing.price) == ("기타 수업", "talent", 60000)


@pytest.mark.parametrize("person", OTHERS)
def test_nobody_else_edits_closes_or_deletes_it(
    person: str, listing: Listing, typed: dict[str, str], request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    assert post(client, listing, "edit", **typed) in (302, 403)
    assert post(client, listing, "state", open="0") in (302, 403)
    assert post(client, listing, "delete") in (302, 403)
    listing.refresh_from_db()
    assert (listing.title, listing.is_open) == ("손뜨개 목도리", True)


def test_the_author_closes_opens_and_deletes_it(as_author: Client, listing: Listing) -> None:
    for is_open in ("0", "1"):
        assert post(as_author, listing, "state", open=is_open) == 302
        listing.refresh_from_db()
        assert listing.is_open == (is_open == "1")
    assert as_author.get(f"/market/{listing.pk}/delete/").status_code == 200
    assert Listing.objects.exists()
    assert post(as_author, listing, "delete") == 302
    assert not Listing.objects.exists()


def test_a_stranger_says_that_they_bought_it_and_takes_that_back(
    as_stranger: Client, listing: Listing
) -> None:
    for taken, number in (("1", 1), ("1", 1), ("0", 0), ("0", 0)):
        assert post(as_stranger, listing, "take", taken=taken) == 302
        assert Purchase.objects.count() == number


def test_nobody_buys_or_reviews_their_own_listing(as_author: Client, listing: Listing) -> None:
    assert post(as_author, listing, "take", taken="1") == 403
    assert post(as_author, listing, "review", stars="5") == 403
    assert not Review.objects.exists()


def test_a_stranger_reviews_once_and_changes_it(as_stranger: Client, listing: Listing) -> None:
    assert post(as_stranger, listing, "review", stars="2", body="얇아요") == 302
    assert post(as_stranger, listing, "review", stars="4", body="") == 302
    assert [(each.stars, each.body) for each in Review.objects.all()] == [(4, "")]


@pytest.mark.parametrize("stars", ["", "0", "6", "x"])
def test_a_review_without_one_to_five_stars_is_refused_and_its_words_kept(
    stars: str, as_stranger: Client, listing: Listing
) -> None:
    answer = as_stranger.post(
        f"/market/{listing.pk}/review/", {"stars": stars, "body": "따뜻합니다"}
    )
    assert (answer.status_code, Review.objects.count()) == (422, 0)
    assert "따뜻합니다" in answer.content.decode()


def test_somebody_not_logged_in_is_asked_to_and_finds_the_review_again(
    anonymous: Client, listing: Listing, stranger: User, password: str
) -> None:
    answer = anonymous.post(
        f"/market/{listing.pk}/review/", {"stars": "4", "body": "따뜻합니다"}, follow=True
    )
    assert not Review.objects.exists()
    where = answer.redirect_chain[-1][0]
    found = anonymous.post(where, {"login": stranger.username, "password": password}, follow=True)
    assert "따뜻합니다" in found.content.decode()


def test_a_reviewer_deletes_and_a_moderator_takes_down_for_good(
    as_stranger: Client, as_moderator: Client, stranger: User, listing: Listing
) -> None:
    review = actions.write_review(listing, author=stranger, stars=1, body="광고: 싸다")
    assert as_moderator.post(f"/market/reviews/{review.pk}/drop/").status_code == 302
    page = as_stranger.get(listing.get_absolute_url()).content.decode()
    assert "광고: 싸다" not in page
    assert "운영자가 내렸습니다" in page
    assert post(as_stranger, listing, "review", stars="5") == 403
    Review.objects.update(removed_at=None)
    assert as_stranger.post(f"/market/reviews/{review.pk}/drop/").status_code == 302
    assert not Review.objects.exists()


@pytest.mark.parametrize("person", ["as_author", "anonymous"])
def test_others_drop_no_review(
    person: str, stranger: User, listing: Listing, request: pytest.FixtureRequest
) -> None:
    review = actions.write_review(listing, author=stranger, stars=1, body="")
    client: Client = request.getfixturevalue(person)
    assert client.post(f"/market/reviews/{review.pk}/drop/").status_code == 403
    assert Review.objects.filter(removed_at=None).exists()


@pytest.mark.parametrize(
    ("person", "status"),
    [("as_author", 200), ("as_moderator", 200), ("as_stranger", 404), ("anonymous", 404)],
)
def test_a_listing_taken_down_is_open_to_author_and_moderators_only(
    person: str, status: int, as_moderator: Client, listing: Listing, request: pytest.FixtureRequest
) -> None:
    assert post(as_moderator, listing, "take-down", removed="1") == 302
    client: Client = request.getfixturevalue(person)
    assert client.get(listing.get_absolute_url()).status_code == status
    assert listing.title not in client.get("/market/").content.decode()
    assert listing.title not in client.get("/market/?q=목도리").content.decode()


def test_a_moderator_puts_it_back_and_a_stranger_takes_nothing_down(
    as_moderator: Client, as_stranger: Client, listing: Listing
) -> None:
    assert post(as_stranger, listing, "take-down", removed="1") == 403
    for removed in ("1", "0"):
        post(as_moderator, listing, "take-down", removed=removed)
    assert listing.title in as_stranger.get("/market/?q=목도리").content.decode()


def test_a_listing_taken_down_takes_no_edit_no_buyer_and_no_review(
    as_author: Client, as_moderator: Client, listing: Listing, typed: dict[str, str]
) -> None:
    post(as_moderator, listing, "take-down", removed="1")
    assert post(as_author, listing, "edit", **typed) == 403
    assert post(as_moderator, listing, "take", taken="1") == 403
    assert post(as_moderator, listing, "review", stars="5") == 403


@pytest.mark.parametrize("removed", ["1", "0"])
def test_asking_twice_is_asking_once(
    removed: str, as_moderator: Client, moderator: User, listing: Listing
) -> None:
    if removed == "0":
        contributions.remove(listing, moderator=moderator)
    for _ in range(2):
        assert post(as_moderator, listing, "take-down", removed=removed) == 302
        listing.refresh_from_db()
        assert (listing.removed_at is not None) == (removed == "1")
    assert post(as_moderator, listing, "take-down") == 302
    listing.refresh_from_db()
    assert (listing.removed_at is not None) == (removed == "1"), "nothing was asked"


def test_the_page_asks_for_the_other_state(as_moderator: Client, listing: Listing) -> None:
    html = as_moderator.get(listing.get_absolute_url()).content.decode()
    assert ('name="removed" value="1"' in html, 'name="removed" value="0"' in html) == (True, False)
    post(as_moderator, listing, "take-down", removed="1")
    html = as_moderator.get(listing.get_absolute_url()).content.decode()
    assert ('name="removed" value="1"' in html, 'name="removed" value="0"' in html) == (False, True)


@pytest.mark.parametrize("removed", ["1", "0"])
def test_a_listing_that_its_author_deleted_meanwhile_is_said_to_be_gone(
    removed: str, as_moderator: Client, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_and_lose(*_: object) -> Listing:
        Listing.objects.filter(pk=listing.pk).delete()
        return listing

    monkeypatch.setattr("madang.community.market.views.deal.find", find_and_lose)
    assert post(as_moderator, listing, "take-down", removed=removed) == 410


def test_a_review_that_its_author_deleted_meanwhile_takes_nothing_along(
    moderator: User, stranger: User, listing: Listing
) -> None:
    review = actions.write_review(listing, author=stranger, stars=1, body="")
    Review.objects.all().delete()
    with pytest.raises(GoneError):
        contributions.remove(review, moderator=moderator)
    assert not Review.objects.exists()

"""Hate on the market: listings and reviews are folded, appealed and decided as posts are."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.community.accounts.models import User
from madang.community.extension import actions as contributions
from madang.community.extension import item
from madang.community.extension.item import name_of
from madang.community.inference import tasks
from madang.community.inference.models import Reading
from madang.community.market import actions
from madang.community.market.models import Listing, Review
from madang.community.moderation.actions import decide
from madang.community.moderation.command import decided_rows
from madang.community.moderation.models import Case, Decision
from madang.community.reviews.models import Opinion

pytestmark = pytest.mark.usefixtures("all_models")

HATEFUL: dict[str, Any] = {
    "kind": "gift",
    "title": "벌레약",
    "body": "벌레 같은 것들에게",
    "terms": "free",
    "price": None,
}
QUEUE = "/moderation/speech/"
SPEECHES = Case.objects.filter(kind="speech")


@pytest.fixture
def hateful(author: User) -> Listing:
    """A hateful listing of the author."""
    return actions.write_listing(author=author, **HATEFUL)


@pytest.fixture
def insult(listing: Listing, stranger: User) -> Review:
    """An insulting review of the stranger."""
    return actions.write_review(listing, author=stranger, stars=1, body="당장 꺼져")


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# folding


def test_a_hateful_listing_and_review_are_folded_and_others_are_not(database: str) -> None:
    author, other = User.objects.create_user("은하"), User.objects.create_user("나그네")
    hateful = actions.write_listing(author=author, **HATEFUL)
    plain = actions.write_listing(author=author, **{**HATEFUL, "title": "빵", "body": "빵"})
    actions.write_review(plain, author=other, stars=1, body="당장 꺼져")
    assert Listing.objects.get(pk=hateful.pk).is_folded
    assert not Listing.objects.get(pk=plain.pk).is_folded
    assert Review.objects.get().is_folded
    assert sorted(SPEECHES.values_list("label", flat=True)) == ["hate", "offensive"]


def test_a_folded_listing_hides_its_text_until_it_is_unfolded_and_says_why(
    hateful: Listing, anonymous: Client
) -> None:
    html = page(anonymous, hateful.get_absolute_url())
    assert "<title>가려진 장터 글" in html
    assert '<h1 dir="auto">가려진 장터 글</h1>' in html
    assert "<summary>가려진 장터 글: 펼치기</summary>" in html
    assert "<mark>벌레</mark>" in html
    assert "96%" in html
    assert "이의 내기" not in html


def test_a_folded_listing_shows_its_text_in_no_list_and_is_recommended_to_nobody(
    hateful: Listing, anonymous: Client
) -> None:
    html = page(anonymous, "/market/")
    assert "벌레" not in html
    assert "가려진 장터 글</a>" in html
    assert item.find([name_of("listing", hateful.pk)], None) == {}


def test_a_folded_review_can_be_unfolded_and_keeps_its_stars(
    insult: Review, anonymous: Client
) -> None:
    html = page(anonymous, insult.get_absolute_url())
    assert "<summary>가려진 후기: 펼치기</summary>" in html
    assert "<mark>꺼져</mark>" in html
    assert "별점 5점 중 1점" in html


def test_an_edited_listing_and_review_follow_their_text(
    hateful: Listing, insult: Review, stranger: User
) -> None:
    actions.edit_listing(hateful, title="나비", body="나비")
    actions.write_review(insult.listing, author=stranger, stars=1, body="느려요")
    assert not Listing.objects.get(pk=hateful.pk).is_folded
    assert not Review.objects.get().is_folded
    assert not SPEECHES.exists()


def test_a_review_that_lost_its_words_is_folded_no_more(insult: Review, stranger: User) -> None:
    actions.write_review(insult.listing, author=stranger, stars=1, body="")
    assert not Review.objects.get().is_folded
    assert not SPEECHES.exists()
    assert not Reading.objects.of(insult).exists()


def test_no_listing_is_asked_whether_it_advertises(author: User) -> None:
    words = {"title": "[광고] 공구", "body": "할인 공구 합니다. 제품을 제공받아 작성했습니다."}
    listing = actions.write_listing(author=author, **{**HATEFUL, **words})
    assert set(Reading.objects.of(listing).values_list("kind", flat=True)) == {
        *("spam", "hate", "sentence")
    }
    assert not Case.objects.filter(kind="ads").exists()
    assert not Listing.objects.get().is_folded


def test_what_was_written_before_there_was_a_model_is_read_in_the_background(
    settings: Any, author: User, stranger: User
) -> None:
    settings.MADANG_HATE_MODEL = settings.MADANG_SENTIMENT_MODEL = ""
    listing = actions.write_listing(author=author, **HATEFUL)
    actions.write_review(listing, author=stranger, stars=1, body="당장 꺼져")
    settings.MADANG_HATE_MODEL = "hate"
    tasks.read_unread.func()
    assert tasks.read_waiting.func() == 2
    assert Listing.objects.get().is_folded
    assert Review.objects.get().is_folded


# appeals and decisions


def test_the_authors_appeal_and_a_moderator_answers(
    hateful: Listing,
    insult: Review,
    as_author: Client,
    as_stranger: Client,
    as_moderator: Client,
    anonymous: Client,
) -> None:
    for writer, one in ((as_author, hateful), (as_stranger, insult)):
        speech = SPEECHES.of(one).get()
        address = f"/moderation/speech/{speech.pk}/appeal/"
        assert address in page(writer, one.get_absolute_url())
        response = writer.post(address, {"sentence": "벌레 잡는 약이에요"})
        assert response["Location"] == one.get_absolute_url()
    html = page(as_moderator, QUEUE)
    assert html.count("벌레 잡는 약이에요") == 2
    assert 'aria-label="기다리는 글 2개"' in html
    assert 'class="muted">장터 글<' in html
    assert 'class="muted">장터 후기<' in html
    keys = [speech.key for speech in SPEECHES.all()]
    as_moderator.post("/moderation/speech/decide/", {"chosen": keys, "action": "clear"})
    html = page(anonymous, hateful.get_absolute_url())
    assert "가려진" not in html
    assert "벌레 같은 것들에게" in html
    assert "당장 꺼져" in page(anonymous, insult.get_absolute_url())
    rows = list(decided_rows("speech"))
    assert {row["text"] for row in rows} == {"벌레약\n벌레 같은 것들에게", "당장 꺼져"}
    assert {(row["label"], row["model_version"]) for row in rows} == {(0, "hate-1")}


@pytest.mark.parametrize("kind", ["hateful", "insult"])
def test_only_its_author_appeals(
    kind: str,
    as_author: Client,
    as_stranger: Client,
    as_moderator: Client,
    request: pytest.FixtureRequest,
) -> None:
    one = request.getfixturevalue(kind)
    address = f"/moderation/speech/{SPEECHES.of(one).get().pk}/appeal/"
    others = [as_moderator, as_stranger if kind == "hateful" else as_author]
    for client in others:
        assert address not in page(client, one.get_absolute_url())
        assert client.post(address).status_code == 403
    assert not SPEECHES.of(one).get().is_appealed


@pytest.mark.parametrize("kind", ["hateful", "insult"])
def test_a_moderator_decides_below_it_and_comes_back_to_it(
    kind: str, as_moderator: Client, request: pytest.FixtureRequest
) -> None:
    one = request.getfixturevalue(kind)
    address = one.get_absolute_url()
    speech = SPEECHES.of(one).get()
    assert f'name="chosen" value="{speech.key}"' in page(as_moderator, address)
    fields = {"chosen": speech.key, "action": "confirm", "back": address}
    response = as_moderator.post("/moderation/speech/decide/", fields)
    assert response["Location"] == address
    assert Decision.objects.get().contribution == one
    one.refresh_from_db()
    assert one.is_folded


@pytest.mark.parametrize("back", ["https://other.example/", "//other.example", "", "boards:front"])
def test_a_decision_leads_to_no_other_site(insult: Review, as_moderator: Client, back: str) -> None:
    fields = {"chosen": SPEECHES.get().key, "action": "confirm", "back": back}
    response = as_moderator.post("/moderation/speech/decide/", fields)
    assert "other.example" not in response["Location"]


@pytest.mark.parametrize("kind", ["hateful", "insult"])
def test_what_is_taken_down_can_be_put_back(
    database: str, kind: str, moderator: User, request: pytest.FixtureRequest
) -> None:
    one = request.getfixturevalue(kind)
    decide(SPEECHES.of(one).get(), moderator=moderator, action="remove")
    one.refresh_from_db()
    assert (one.removed_at is not None, one.removed_by) == (True, moderator)
    decide(SPEECHES.of(one).get(), moderator=moderator, action="restore")
    one.refresh_from_db()
    assert (one.removed_at, one.removed_by, one.is_folded) == (None, None, True)


def test_what_is_down_waits_for_nobody(
    hateful: Listing, moderator: User, stranger: User, as_moderator: Client
) -> None:
    actions.write_review(hateful, author=stranger, stars=1, body="당장 꺼져")
    assert page(as_moderator, QUEUE).count('name="chosen"') == 2
    contributions.remove(hateful, moderator=moderator)
    assert 'name="chosen"' not in page(as_moderator, QUEUE)


def test_nothing_is_left_of_what_is_deleted_but_the_decision(
    hateful: Listing, insult: Review, moderator: User
) -> None:
    decide(SPEECHES.of(hateful).get(), moderator=moderator, action="confirm")
    contributions.delete(hateful)
    contributions.delete(insult.listing)
    assert not SPEECHES.exists()
    assert not Reading.objects.exists()
    kept = Decision.objects.get()
    assert (kept.contribution, kept.text) == (None, "벌레약\n벌레 같은 것들에게")


def test_a_decision_on_a_listing_is_none_on_the_review_of_the_same_number(
    hateful: Listing, listing: Listing, stranger: User, moderator: User
) -> None:
    fields = {"listing": listing, "author": stranger, "stars": 1, "body": hateful.judged_text}
    Review.objects.create(pk=hateful.pk, **fields)
    tasks.read_unread.func()
    tasks.read_waiting.func()
    decide(SPEECHES.of(hateful).get(), moderator=moderator, action="clear")
    assert Review.objects.get().is_folded
    assert not Listing.objects.get(pk=hateful.pk).is_folded


def test_many_cost_a_page_as_many_questions_as_one(
    author: User, listing: Listing, make_person: Callable[[str], User], as_moderator: Client
) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            page(as_moderator, address)
        return len(asked)

    counts = []
    for number in range(3):
        actions.write_listing(author=author, **{**HATEFUL, "title": f"벌레 {number}"})
        for body in ("당장 꺼져", "좋다"):
            person = make_person(f"손님 {number} {body}")
            actions.write_review(listing, author=person, stars=1, body=body)
        page(as_moderator, QUEUE)  # which kinds there are, a process asks once
        counts.append((count(QUEUE), count(listing.get_absolute_url())))
    assert len(set(counts)) == 1


# sentiment


def test_a_review_shows_how_a_model_reads_it_and_its_author_hides_that(
    listing: Listing, stranger: User, as_stranger: Client, as_author: Client, anonymous: Client
) -> None:
    review = actions.write_review(listing, author=stranger, stars=5, body="바느질이 좋다!")
    address = listing.get_absolute_url()
    html = page(anonymous, address)
    assert '<span class="label positive">긍정 95%</span>' in html
    assert "바느질이 <mark>좋</mark>다!" in html
    hide = f"/reviews/{Opinion.objects.of(review).get().pk}/hide/"
    assert hide not in html
    assert as_author.post(hide, {"hide": "1"}).status_code == 403
    assert as_stranger.post(hide, {"hide": "1"})["Location"] == review.get_absolute_url()
    assert "긍정 95%" not in page(anonymous, address)
    assert "다시 보이기" in page(as_stranger, address)


def test_neither_a_review_without_words_nor_a_listing_is_read_for_sentiment(
    listing: Listing, stranger: User, anonymous: Client
) -> None:
    review = actions.write_review(listing, author=stranger, stars=5, body="")
    assert not Opinion.objects.exists()
    actions.write_review(listing, author=stranger, stars=5, body="좋다")
    assert Opinion.objects.of(review).get().label == "positive"
    actions.write_review(listing, author=stranger, stars=5, body="")
    assert "label positive" not in page(anonymous, listing.get_absolute_url())
    contributions.delete(review)
    assert not Opinion.objects.exists()


def test_english_readers_get_english_words(
    hateful: Listing, insult: Review, as_moderator: Client
) -> None:
    as_moderator.post("/language/setlang/", {"language": "en"})
    assert "Folded listing: show" in page(as_moderator, hateful.get_absolute_url())
    assert "Folded review: show" in page(as_moderator, insult.get_absolute_url())
    html = page(as_moderator, QUEUE)
    assert 'class="muted">listing<' in html
    assert 'class="muted">review of a listing<' in html

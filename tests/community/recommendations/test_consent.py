"""Nothing is kept without consent, nothing after it is taken back, and a reset leaves nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.market import actions as market
from madang.community.recommendations import actions
from madang.community.recommendations.models import Consent, Interaction, Prepared

pytestmark = pytest.mark.usefixtures("models")

QUESTION = "추천해 드릴까요?"
WHERE = "/recommendations/consent/"
Agree = Callable[[User], None]


def kept() -> list[tuple[str, str]]:
    return list(Interaction.objects.order_by("pk").values_list("item", "action"))


@pytest.mark.parametrize("choice", [None, "later", "declined"])
def test_nothing_is_kept_of_somebody_who_did_not_agree(
    choice: str | None, post: Post, author: User, stranger: User, as_stranger: Client
) -> None:
    if choice:
        actions.answer(stranger, choice)
    listing = market.write_listing(
        author=author, kind="gift", title="빵", body="빵", terms="free", price=None
    )
    as_stranger.get(post.get_absolute_url())
    as_stranger.get(listing.get_absolute_url())
    as_stranger.post(f"/market/{listing.pk}/take/", {"taken": "1"})
    assert kept() == []


def test_who_agreed_is_kept_to_have_opened_and_taken(
    post: Post, author: User, stranger: User, as_stranger: Client, agree: Agree
) -> None:
    agree(stranger)
    listing = market.write_listing(
        author=author, kind="gift", title="빵", body="빵", terms="free", price=None
    )
    as_stranger.get(post.get_absolute_url())
    as_stranger.get(listing.get_absolute_url())
    as_stranger.post(f"/market/{listing.pk}/take/", {"taken": "1"})
    name = f"listing:{listing.pk}"
    assert kept() == [(f"post:{post.pk}", "view"), (name, "view"), (name, "take")]
    as_stranger.post(f"/market/{listing.pk}/take/", {"taken": "0"})
    assert kept() == [(f"post:{post.pk}", "view"), (name, "view")]


def test_nothing_is_kept_of_somebody_not_logged_in(post: Post, anonymous: Client) -> None:
    anonymous.get(post.get_absolute_url())
    assert anonymous.post(WHERE, {"choice": "agreed"}).status_code == 302
    assert QUESTION not in anonymous.get("/").content.decode()
    assert (Interaction.objects.count(), Consent.objects.count()) == (0, 0)


def test_ones_own_post_a_head_and_a_post_taken_down_count_as_nothing(
    post: Post, author: User, moderator: User, as_author: Client, as_moderator: Client, agree: Agree
) -> None:
    agree(author)
    agree(moderator)
    as_author.get(post.get_absolute_url())
    as_moderator.head(post.get_absolute_url())
    Post.objects.update(removed_at=timezone.now())
    as_moderator.get(post.get_absolute_url())
    assert kept() == []


def test_the_same_within_a_short_time_counts_once(
    database: str, make_person: Callable[[str], User], agree: Agree
) -> None:
    person = make_person("나그네")
    agree(person)
    done = [actions.keep(person, "post:1", "view") for _ in range(3)]
    assert done == [True, False, False]
    Interaction.objects.update(at=timezone.now() - actions.ONCE_WITHIN - timedelta(seconds=1))
    assert actions.keep(person, "post:1", "view")
    assert actions.keep(person, "post:1", "take")
    assert actions.keep(person, "post:2", "view")
    assert Interaction.objects.count() == 4


def test_the_switch_stops_keeping_and_the_reset_deletes(
    database: str, make_person: Callable[[str], User], agree: Agree
) -> None:
    person, other = make_person("나그네"), make_person("이웃")
    for each in (person, other):
        agree(each)
        actions.keep(each, "post:1", "view")
        Prepared.objects.create(person=each, items=[["post:2", None]])
    actions.answer(person, Consent.Choice.DECLINED)
    assert not actions.keep(person, "post:2", "view")
    assert actions.reset(person) == 1
    assert list(Interaction.objects.values_list("person", flat=True)) == [other.pk]
    assert list(Prepared.objects.values_list("person", flat=True)) == [other.pk]


def test_the_settings_hold_the_switch_and_the_reset(
    stranger: User, as_stranger: Client, agree: Agree
) -> None:
    assert "추천 켜기" in as_stranger.get("/accounts/settings/").content.decode()
    back = {"next": "/accounts/settings/"}
    html = as_stranger.post(WHERE, {"choice": "agreed", **back}, follow=True).content.decode()
    assert "추천 끄기" in html
    actions.keep(stranger, "post:1", "view")
    assert "기록은 1개" in as_stranger.get("/accounts/settings/").content.decode()
    html = as_stranger.post("/recommendations/reset/", follow=True).content.decode()
    assert "기록 1개를 지웠습니다" in html
    assert "기록 모두 지우기" not in html
    as_stranger.post(WHERE, {"choice": "declined", **back})
    assert not actions.keep(stranger, "post:1", "view")


def test_the_question_is_asked_once_and_again_only_long_after_later(
    post: Post, stranger: User, as_stranger: Client
) -> None:
    for address in ("/", post.get_absolute_url()):
        assert QUESTION in as_stranger.get(address).content.decode()
    for choice in ("later", "declined"):
        as_stranger.post(WHERE, {"choice": choice})
        assert QUESTION not in as_stranger.get("/").content.decode()
        Consent.objects.update(
            answered_at=timezone.now() - Consent.AGAIN_AFTER - timedelta(hours=1)
        )
        is_asked = QUESTION in as_stranger.get("/").content.decode()
        assert is_asked == (choice == "later")


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_an_answer_leads_back_to_this_site_only(back: str, as_stranger: Client) -> None:
    answer = as_stranger.post(WHERE, {"choice": "later", "next": back})
    assert answer["Location"] == "/"


def test_an_answer_that_is_none_changes_nothing(as_stranger: Client) -> None:
    assert as_stranger.post(WHERE, {"choice": "perhaps"}).status_code == 302
    assert not Consent.objects.exists()


def test_nobody_is_asked_where_there_is_no_model(
    post: Post, stranger: User, as_stranger: Client, settings: Any
) -> None:
    settings.MADANG_SENTENCE_MODEL = ""
    assert QUESTION not in as_stranger.get("/").content.decode()
    assert "추천 켜기" not in as_stranger.get("/accounts/settings/").content.decode()


def test_whoever_leaves_takes_their_record_along(stranger: User, agree: Agree) -> None:
    agree(stranger)
    actions.keep(stranger, "post:1", "view")
    stranger.delete()
    assert (Interaction.objects.count(), Consent.objects.count()) == (0, 0)


def test_the_question_leads_back_to_the_page_but_never_to_a_form_that_was_refused(
    author: User, as_stranger: Client
) -> None:
    listing = market.write_listing(
        author=author, kind="gift", title="빵", body="빵", terms="free", price=None
    )
    asked = question_of(as_stranger.get(listing.get_absolute_url()))
    assert f'name="next" value="{listing.get_absolute_url()}"' in asked
    refused = as_stranger.post(f"/market/{listing.pk}/review/", {"stars": ""})
    assert refused.status_code == 422
    assert QUESTION in question_of(refused)
    assert 'name="next"' not in question_of(refused)


def question_of(answer: HttpResponse) -> str:
    html = answer.content.decode()
    return html.partition('<section class="consent"')[2].partition("</section>")[0]

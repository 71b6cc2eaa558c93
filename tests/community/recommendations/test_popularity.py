"""Who agreed and did nothing yet is shown what many read, and told that it is that."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.market import actions as market
from madang.community.recommendations import actions
from madang.community.recommendations.models import Consent, Interaction

from .conftest import recommended

pytestmark = pytest.mark.usefixtures("models")

PAGES = ("/", "/recommendations/")
Write = Callable[..., Post]


@pytest.fixture
def readers(make_person: Callable[[str], User]) -> list[User]:
    """Five people who agreed."""
    people = [make_person(f"이웃 {number}") for number in range(5)]
    for each in people:
        actions.answer(each, Consent.Choice.AGREED)
    return people


@pytest.fixture(autouse=True)
def _agreed(stranger: User) -> None:
    actions.answer(stranger, Consent.Choice.AGREED)


def read(post: Post, *people: User) -> None:
    for each in people:
        actions.keep(each, f"post:{post.pk}", "view")


def test_what_more_people_read_comes_first_and_is_not_called_personal(
    write: Write, readers: list[User], as_stranger: Client
) -> None:
    few, many, two = write("산책"), write("고양이"), write("자전거")
    read(few, *readers[:3])
    read(many, *readers)
    read(two, *readers[:2])
    for page in PAGES:
        html = recommended(as_stranger, page)
        assert 0 < html.index("고양이") < html.index("산책")
        assert "자전거" not in html, "what two read would tell who they are"
        assert ("많이 읽는 글" in html, "5명이 보았습니다" in html) == (True, True)
        assert ("당신을 위한" in html, "읽으셔서" in html, "여신 것을" in html) == (False,) * 3


def test_one_person_who_reads_a_post_often_is_one_person(
    write: Write, readers: list[User], as_stranger: Client
) -> None:
    post = write("산책")
    for _ in range(5):
        read(post, *readers[:2])
        Interaction.objects.update(at=timezone.now() - actions.ONCE_WITHIN - timedelta(seconds=1))
    assert Interaction.objects.count() == 10
    assert recommended(as_stranger) == ""


@pytest.mark.parametrize("what", ["long ago", "switched off", "an advertisement", "one's own"])
def test_what_does_not_count_is_not_shown(
    what: str, write: Write, readers: list[User], stranger: User, as_stranger: Client
) -> None:
    post = write("산책")
    read(post, *readers[:3])
    assert "산책" in recommended(as_stranger)
    cache.clear()
    if what == "long ago":
        Interaction.objects.update(at=timezone.now() - timedelta(days=8))
    elif what == "switched off":
        actions.answer(readers[0], Consent.Choice.DECLINED)
    elif what == "an advertisement":
        Post.objects.update(label="ad")
    else:
        Post.objects.update(author=stranger)
    assert recommended(as_stranger) == ""


def test_who_has_a_history_or_did_not_agree_is_shown_none_of_it(
    write: Write, readers: list[User], stranger: User, as_stranger: Client
) -> None:
    read(write("산책"), *readers)
    other = write("고양이")
    actions.answer(stranger, Consent.Choice.LATER)
    assert [recommended(as_stranger, page) for page in PAGES] == ["", ""]
    actions.answer(stranger, Consent.Choice.AGREED)
    assert "산책" in recommended(as_stranger)
    read(other, stranger)
    assert [recommended(as_stranger, page) for page in PAGES] == ["", ""]


def test_on_the_market_listings_are_shown(
    write: Write, author: User, readers: list[User], as_stranger: Client
) -> None:
    listing = market.write_listing(
        author=author, kind="gift", title="찻잔", body="찻잔", terms="free", price=None
    )
    read(write("산책"), *readers)
    for each in readers:
        actions.keep(each, f"listing:{listing.pk}", "view")
    html = recommended(as_stranger, "/market/")
    assert ("찻잔" in html, "산책" in html, "많이 보는 것" in html) == (True, False, True)

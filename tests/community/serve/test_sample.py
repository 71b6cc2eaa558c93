"""The sample content is what a first look needs."""

import tomllib

import pytest

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.serve import sample

pytestmark = pytest.mark.django_db


def test_an_empty_site_is_filled_once() -> None:
    assert sample.is_empty()
    logins = sample.load()
    assert not sample.is_empty()
    assert (Post.objects.count(), Board.objects.count()) == (30, 6)
    assert Comment.objects.count() > 40
    assert User.objects.get(username="지기").is_moderator
    assert not User.objects.get(username="은하").is_moderator
    assert list(logins) == ["지기", "은하"]


def test_only_the_named_persons_can_log_in() -> None:
    from django.contrib.auth.backends import ModelBackend

    logins = sample.load()
    backend = ModelBackend()
    for name, password in logins.items():
        assert backend.authenticate(None, username=name, password=password)
    others = User.objects.exclude(username__in=logins)
    assert not any(user.has_usable_password() for user in others)


def test_each_installation_has_passwords_of_its_own() -> None:
    first = sample.load()
    User.objects.all().delete()
    Board.objects.all().delete()
    assert set(first.values()).isdisjoint(sample.load().values())


def test_posts_stand_in_the_order_of_their_days() -> None:
    sample.load()
    days = list(Post.objects.order_by("pk").values_list("created_at", flat=True))
    assert days == sorted(days)


def test_no_sample_could_not_have_been_written_in_the_form() -> None:
    from madang.community.boards.forms import MAX_BODY, MAX_TITLE
    from madang.community.boards.text import clean_text

    for row in tomllib.loads(sample.CONTENT.read_text(encoding="utf-8"))["posts"]:
        assert len(row["title"]) <= MAX_TITLE
        assert len(row["body"]) <= MAX_BODY
        assert clean_text(row["title"]) == row["title"]

"""Tags are proposed by the text, set by the author alone, and lead to other posts."""

from collections.abc import Callable

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.tags.actions import add_tags
from madang.community.tags.models import Tag, Tagging
from madang.community.tags.name import MAX_TAGS, split_names

TITLE, BODY = "서울 나들이", "김연아를 서울에서 3일에 봤다. 제주에도 가고 싶다."


@pytest.fixture
def trip(all_models: None, board: Board, author: User) -> Post:
    """A post that names places, a person and a date."""
    return boards.write_post(board=board, author=author, title=TITLE, body=BODY)


def page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_fresh_post_has_no_tag_until_its_author_takes_one(trip: Post, as_author: Client) -> None:
    html = page(as_author, trip.get_absolute_url())
    assert not Tagging.objects.exists()
    assert [html.count(f'value="{name}"') for name in ("서울", "김연아", "제주", "3일")] == [
        *(1, 1, 1),
        0,
    ]
    assert html.index('value="서울"') < html.index('value="김연아"')  # named twice


def test_one_click_sets_a_suggested_tag_and_takes_it_from_the_suggestions(
    trip: Post, as_author: Client, anonymous: Client
) -> None:
    answer = as_author.post(f"/tags/posts/{trip.pk}/add/", {"name": "서울"}, follow=True)
    assert answer.redirect_chain[-1][0].endswith("#tags")
    assert 'name="name" value="서울"' not in answer.content.decode()
    assert "#<bdi>서울</bdi>" in page(anonymous, trip.get_absolute_url())


def test_with_scripts_only_the_tags_are_drawn_again(trip: Post, as_author: Client) -> None:
    answer = as_author.post(
        f"/tags/posts/{trip.pk}/add/", {"name": "제주"}, headers={"HX-Request": "true"}
    )
    html = answer.content.decode()
    assert html.strip().startswith('<section class="tagging" id="tags"')
    assert "#<bdi>제주</bdi>" in html


@pytest.mark.parametrize("person", ["as_stranger", "as_moderator", "anonymous"])
def test_nobody_else_is_offered_tags_or_sets_them(
    trip: Post, person: str, request: pytest.FixtureRequest
) -> None:
    client: Client = request.getfixturevalue(person)
    assert 'value="서울"' not in page(client, trip.get_absolute_url())
    assert client.post(f"/tags/posts/{trip.pk}/add/", {"name": "서울"}).status_code in (302, 403)
    assert not Tagging.objects.exists()


def test_a_moderator_takes_a_tag_off_and_a_stranger_does_not(
    trip: Post, as_moderator: Client, as_stranger: Client
) -> None:
    add_tags(trip, ["서울"])
    assert as_stranger.post(f"/tags/posts/{trip.pk}/drop/", {"key": "서울"}).status_code == 403
    assert Tagging.objects.count() == 1
    as_moderator.post(f"/tags/posts/{trip.pk}/drop/", {"key": "서울"})
    assert not Tagging.objects.exists()
    assert not Tag.objects.exists()


def test_a_tags_page_lists_its_posts_but_none_that_was_taken_down(
    database: str,
    make_person: Callable[[str], User],
    anonymous: Client,
) -> None:
    writer, board = make_person("은하"), Board.objects.create(slug="free", name="자유")
    for number in range(3):
        post = boards.write_post(board=board, author=writer, title=f"글 {number}", body="본문")
        add_tags(post, ["봄 축제"])
    contributions.remove(post, moderator=writer)
    html = page(anonymous, "/tags/봄-축제/")
    assert ("글 0" in html, "글 1" in html, "글 2" in html) == (True, True, False)
    assert anonymous.get("/tags/없음/").status_code == 404


def test_two_spellings_are_one_tag(board: Board, author: User, post: Post) -> None:
    add_tags(post, ["Seoul", "ＳＥＯＵＬ", "seoul"])
    assert [tag.name for tag in Tag.objects.all()] == ["Seoul"]


def test_a_post_bears_only_so_many_tags(as_author: Client, post: Post) -> None:
    typed = ", ".join(f"태그{number}" for number in range(MAX_TAGS + 3))
    html = as_author.post(f"/tags/posts/{post.pk}/add/", {"name": typed}, follow=True)
    assert Tagging.objects.count() == MAX_TAGS
    assert html.content.decode().count(f"한 글에 {MAX_TAGS}개까지") == 1


@pytest.mark.parametrize("typed", ["", "#", "\0", " / ", "\u3164", "!!!", "／"])
def test_what_names_nothing_sets_no_tag(as_author: Client, post: Post, typed: str) -> None:
    assert as_author.post(f"/tags/posts/{post.pk}/add/", {"name": typed}).status_code == 302
    assert not Tag.objects.exists()


@pytest.mark.parametrize(
    "typed", ["가／나", "½", "a/b", "../x", "<b>굵게</b>", "x" * 500, "ﬃ" * 40]
)
def test_any_name_that_is_kept_has_a_page(
    as_author: Client, post: Post, typed: str, anonymous: Client
) -> None:
    as_author.post(f"/tags/posts/{post.pk}/add/", {"name": typed})
    html = page(anonymous, post.get_absolute_url())
    assert "<b>굵게" not in html
    for tag in Tag.objects.all():
        assert anonymous.get(tag.get_absolute_url()).status_code == 200


def test_a_search_shows_the_tags_that_begin_so(anonymous: Client, post: Post) -> None:
    add_tags(post, ["백화점", "백일홍", "빵"])
    html = page(anonymous, "/search/?q=%23백")
    assert ("/tags/백화점/" in html or "%EB%B0%B1%ED%99%94%EC%A0%90" in html) is True
    assert "<bdi>빵</bdi>" not in html


def test_typed_names_are_split_by_commas_and_hashes() -> None:
    assert split_names("#서울 #첫눈, 동네 산책,,첫눈") == ["서울", "첫눈", "동네 산책"]

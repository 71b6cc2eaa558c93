"""Turning pages never skips a line and never shows one twice, on both databases."""

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Post
from madang.community.boards.page import LARGEST_ID, read_place, turn_to

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def newest_first(board: Board, author: User) -> list[int]:
    """The numbers of 45 posts."""
    Post.objects.bulk_create(
        Post(board=board, author=author, title=str(number), body="글") for number in range(45)
    )
    return sorted(Post.objects.values_list("pk", flat=True), reverse=True)


def pages(step: str, query: str) -> list[list[int]]:
    found = []
    while True:
        page = turn_to(Post.objects.all(), QueryDict(query))
        found.append([post.pk for post in page.rows])
        place = page.older if step == "before" else page.newer
        if place is None:
            return found
        query = f"{step}={place}"


def test_walking_to_the_oldest_shows_each_post_once(newest_first: list[int]) -> None:
    walked = pages("before", "")
    assert [number for page in walked for number in page] == newest_first
    assert [len(page) for page in walked] == [20, 20, 5]


def test_walking_back_shows_the_same_pages(newest_first: list[int]) -> None:
    forward = pages("before", "")
    back = pages("after", f"before={newest_first[39]}")
    assert back == forward[::-1]


def test_nothing_stands_on_the_page_of_an_empty_board(board: Board) -> None:
    page = turn_to(Post.objects.all(), QueryDict())
    assert (page.rows, page.newer, page.older) == ([], None, None)


@pytest.mark.parametrize("query", ["before=1", f"after={LARGEST_ID}", f"before={LARGEST_ID}"])
def test_a_place_outside_the_list_is_answered(query: str, newest_first: list[int]) -> None:
    assert len(turn_to(Post.objects.all(), QueryDict(query)).rows) in (0, 20)


@given(text=st.text(max_size=30))
def test_any_place_in_an_address_is_a_number_of_the_database_or_none(text: str) -> None:
    query = QueryDict(mutable=True)
    query["before"] = text
    place = read_place(query, "before")
    assert place is None or 0 <= place <= LARGEST_ID

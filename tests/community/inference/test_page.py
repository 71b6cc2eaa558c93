"""With all models on, a page asks the database equally often for few posts and for many."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post
from madang.community.inference.vectors import store
from madang.community.tags.actions import add_tags

MAX_QUERIES = {"anonymous": 10, "as_author": 15, "as_moderator": 16}


@pytest.mark.usefixtures("all_models")
@pytest.mark.parametrize("person", MAX_QUERIES)
@pytest.mark.parametrize(
    "path", ["post", "/boards/review/", "/tags/서울/", "/search/meaning/?q=빵"]
)
def test_a_page_asks_equally_often_for_2_posts_and_for_8(
    path: str, person: str, author: User, stranger: User, request: pytest.FixtureRequest
) -> None:
    board = Board.objects.create(slug="review", name="후기", kind=Board.Kind.REVIEW)
    client: Client = request.getfixturevalue(person)
    counts = []
    for number in (2, 8):
        Post.objects.all().delete()
        for each in range(number):
            post = actions.write_post(
                board=board, author=author, title=f"빵 {each}", body="서울 빵이 좋다. 제주."
            )
            add_tags(post, ["서울"])
        for _ in range(number):
            actions.write_comment(post, author=stranger, body="꺼져")
        store.fill()
        cache.clear()
        address = post.get_absolute_url() if path == "post" else path
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= MAX_QUERIES[person], [query["sql"][:150] for query in queries]

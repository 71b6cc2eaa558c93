"""The pages show what they should, with a bounded number of questions to the database."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post, TitleIndex
from madang.community.boards.moment import tell
from madang.community.boards.views.reading import COMMENTS_A_PAGE
from madang.community.extension import actions as contributions

# What one page may ask at most, however much lies in the database.
MAX_QUERIES = {"anonymous": 5, "as_author": 10}


@pytest.fixture
def fill(board: Board, author: User, stranger: User) -> Callable[[int], None]:
    """Write many posts of several persons, each with comments."""

    def write(number: int) -> None:
        posts = Post.objects.bulk_create(
            Post(
                board=board,
                author=(author, stranger)[each % 2],
                title=f"백화점 {each}",
                body="글" * 300,
                label="ad" if each % 3 == 0 else "ordinary",
            )
            for each in range(number)
        )
        TitleIndex.objects.bulk_create(TitleIndex(post=post, grams=post.title) for post in posts)
        Comment.objects.bulk_create(
            Comment(post=posts[0], author=(author, stranger)[each % 2], body="댓글")
            for each in range(number)
        )

    return write


@pytest.mark.parametrize("person", ["anonymous", "as_author"])
@pytest.mark.parametrize(
    "path",
    ["/", "/boards/free/", "/search/?q=백화점", "/people/은하/", "/people/은하/comments/", "post"],
)
def test_a_page_asks_the_database_equally_often_for_3_posts_and_for_60(
    path: str, person: str, fill: Callable[[int], None], request: pytest.FixtureRequest
) -> None:
    client = request.getfixturevalue(person)
    counts = []
    for number in (3, 60):
        Post.objects.all().delete()
        fill(number)
        address = Post.objects.earliest("pk").get_absolute_url() if path == "post" else path
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[1] <= MAX_QUERIES[person], [query["sql"] for query in queries]


@pytest.mark.parametrize("path", ["/", "/boards/free/", "/search/?q=백화점", "/people/은하/"])
def test_the_label_stands_above_the_title_of_an_advertisement(
    path: str, anonymous: Client, post: Post
) -> None:
    assert "광고</span>" not in anonymous.get(path).content.decode()
    Post.objects.update(label=Post.Label.AD)
    page = anonymous.get(path).content.decode()
    assert page.index("광고</span>") < page.index("백화점에서 산 빵</a>")


def test_hiding_advertisements_hides_them_in_lists_and_search(
    as_stranger: Client, stranger: User, post: Post
) -> None:
    Post.objects.update(label=Post.Label.AD)
    as_stranger.post("/accounts/settings/", {"hides_advertisements": "on"})
    for path in ("/", "/boards/free/", "/search/?q=백화점"):
        assert post.get_absolute_url() not in as_stranger.get(path).content.decode()
    assert as_stranger.get(post.get_absolute_url()).status_code == 200


def test_a_search_finds_a_word_of_two_syllables(anonymous: Client, post: Post) -> None:
    assert post.title in anonymous.get("/search/", {"q": "화점"}).content.decode()
    assert post.title not in anonymous.get("/search/", {"q": "점화"}).content.decode()


def test_a_search_shows_the_newest_first_and_turns_pages(
    anonymous: Client, fill: Callable[[int], None]
) -> None:
    fill(45)
    newest_first = [post.get_absolute_url() for post in Post.objects.order_by("-pk")]
    found: list[str] = []
    path = "/search/?q=백화점"
    while path:
        page = anonymous.get(path).content.decode()
        found += re.findall(r'<h2><a href="(/posts/\d+/)"', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = "/search/" + html.unescape(older.group(1)) if older else ""
    assert found == newest_first


@pytest.mark.parametrize("query", ["", " ", "!", "\0", "a" * 5000, "' OR 1=1 --", '"*^:()'])
def test_any_search_is_answered(query: str, anonymous: Client, post: Post) -> None:
    assert anonymous.get("/search/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/boards/none/",
        "/posts/999/",
        "/people/none/",
        "/comments/9/",
        "/posts/99999999999999999999/",
    ],
)
def test_what_is_not_there_is_said_so(path: str, anonymous: Client, post: Post) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == 404
    assert "찾는 것이 없습니다" in answer.content.decode()


def test_a_long_thread_goes_on_behind_and_a_comment_is_found_on_its_page(
    anonymous: Client, post: Post, stranger: User
) -> None:
    comments = Comment.objects.bulk_create(
        Comment(post=post, author=stranger, body=f"댓글 {number}")
        for number in range(COMMENTS_A_PAGE + 2)
    )
    first = anonymous.get(post.get_absolute_url()).content.decode()
    assert f"comment-{comments[-1].pk}" not in first
    led = anonymous.get(comments[-1].get_absolute_url())
    assert led["Location"] == f"{post.get_absolute_url()}?comments=2#comment-{comments[-1].pk}"
    assert f"comment-{comments[-1].pk}" in anonymous.get(led["Location"]).content.decode()


def test_ones_own_removed_post_stands_on_ones_own_page(
    as_author: Client, anonymous: Client, post: Post, moderator: User
) -> None:
    contributions.remove(post, moderator=moderator)
    assert post.title in as_author.get("/people/은하/").content.decode()
    assert post.title not in anonymous.get("/people/은하/").content.decode()


def test_the_site_speaks_korean_until_english_is_chosen(anonymous: Client, post: Post) -> None:
    page = anonymous.get("/", headers={"accept-language": "en"})
    assert 'lang="ko"' in page.content.decode()
    anonymous.post("/language/setlang/", {"language": "en", "next": "/"})
    page = anonymous.get("/")
    assert 'lang="en"' in page.content.decode()
    assert "Log in" in page.content.decode()


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "방금"), (5, "5분 전"), (59, "59분 전"), (60, "1시간 전"), (1439, "23시간 전")],
)
def test_a_moment_is_told_as_people_tell_it(minutes: int, said: str) -> None:
    assert tell(timezone.now() - timedelta(minutes=minutes, seconds=5)) == said


def test_an_old_moment_is_told_by_its_date() -> None:
    assert tell(timezone.now().replace(year=2020, month=3, day=15)).startswith("2020. 3. 1")

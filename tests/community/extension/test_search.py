"""Search by title, on both databases."""

import pytest

from madang.community.boards.models import Post

pytestmark = pytest.mark.usefixtures("database")


def found(query: str) -> list[str]:
    return [post.title for post in Post.objects.with_title(query)]


@pytest.mark.parametrize(
    "query", ["백화", "화점", "백화점", "점에", "빵", "빵 백화점", "산", "백화점에서"]
)
def test_any_part_of_a_word_is_found(query: str, post: Post) -> None:
    assert found(query) == ["백화점에서 산 빵"]


@pytest.mark.parametrize("query", ["점빵", "백점", "서산", "빵집", "백화점 없음", "", "!!", "🙂"])
def test_what_is_not_in_the_title_is_not_found(query: str, post: Post) -> None:
    assert found(query) == []

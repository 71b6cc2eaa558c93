"""Which of the nearest posts a reader is shown."""

from collections.abc import Sequence

from madang.community.accounts.models import User
from madang.community.boards.models import Post, PostQuerySet
from madang.community.inference.vectors.index import LEAST_NEARNESS, Index, Vectors

NUM_SHOWN = 5


def find_related(index: Index, post: Post, reader: User | None) -> list[Post]:
    """Return the nearest posts that *reader* may see and that are up, nearest first."""
    nearest = [pair for pair in index.nearest(post.pk) if pair[1] >= LEAST_NEARNESS]
    if not nearest:
        return []
    posts = Post.objects.visible_to(reader).filter(is_folded=False)
    posts = posts.select_related("board").defer("body")
    return in_order(nearest, posts)[:NUM_SHOWN]


def find_by_meaning(index: Index, vector_D: Vectors, reader: User | None) -> list[Post]:
    """Return the posts nearest to a question, in any language, as lines of a list."""
    nearest = [pair for pair in index.search(vector_D) if pair[1] >= LEAST_NEARNESS]
    return in_order(nearest, Post.objects.visible_to(reader).for_list())


def in_order(nearest: Sequence[tuple[int, float]], posts: PostQuerySet) -> list[Post]:
    """Fetch posts by number, those that ``posts`` allows, in the order given."""
    numbers = [post_id for post_id, _ in nearest]
    found = {post.pk: post for post in posts.filter(pk__in=numbers)}
    return [found[number] for number in numbers if number in found]

"""A review board's list, narrowed to what praises or what does not, and counted."""

from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest

from madang.community.boards.models import Board, Post, PostQuerySet
from madang.community.reviews.models import Opinion

PARAMETER = "opinion"
#: Counting reads every review of a board: once a minute is enough.
SECONDS_COUNTED = 60
LABELS = (Opinion.Label.POSITIVE, Opinion.Label.NEGATIVE, Opinion.Label.UNCLEAR)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """How many reviews of a board praise, do not, and do neither clearly."""

    num_positive: int
    num_negative: int
    num_unclear: int

    @property
    def num_clear(self) -> int:
        """Return how many judge either way."""
        return self.num_positive + self.num_negative

    @property
    def positive_percent(self) -> int:
        """Return the share that praises among those that judge, in whole percent."""
        return round(100 * self.num_positive / self.num_clear) if self.num_clear else 0


def chosen_label(request: HttpRequest) -> str:
    """Return what the address narrows to, "" for everything."""
    chosen = request.GET.get(PARAMETER, "")
    return chosen if chosen in {label.value for label in LABELS} else ""


def narrow(request: HttpRequest, board: Board, posts: PostQuerySet) -> PostQuerySet:
    """Keep the reviews that the reader chose, on a board of reviews; an advertisement is none."""
    label = chosen_label(request)
    if not label or not board.holds_reviews:
        return posts
    shown = Opinion.objects.of_kind(Post).filter(label=label, is_hidden=False)
    return posts.exclude(label=Post.Label.AD).filter(Exists(shown.filter(object_id=OuterRef("pk"))))


def summarise(board: Board) -> Summary:
    """Count a board's reviews: none that is hidden, taken down, or advertises."""
    key = f"reviews-{board.pk}"
    posts = Post.objects.visible().filter(board=board).exclude(label=Post.Label.AD)
    opinions = Opinion.objects.of_kind(Post).filter(is_hidden=False).exclude(label="")
    shown = opinions.filter(object_id__in=posts.order_by().values("pk"))
    rows = shown.values_list("label").annotate(number=Count("pk")).order_by()
    counts: dict[str, int] = cache.get_or_set(key, lambda: dict(rows), SECONDS_COUNTED) or {}
    return Summary(**{f"num_{label.value}": counts.get(label.value, 0) for label in LABELS})


def forget_count(board_id: int) -> None:
    """Count a board anew at the next reader."""
    cache.delete(f"reviews-{board_id}")

"""The laws of writing, taking down, putting back and deleting hold for every kind alike.

They are asked of each kind that an app offers. A new kind needs a line in ``WRITERS``.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension import contribution as contributions
from madang.community.extension.actions import delete, remove, restore
from madang.community.extension.contribution import Contribution, Titled
from madang.community.extension.lock import GoneError
from madang.community.extension.signals import contribution_written
from madang.community.market import actions as market
from madang.community.market.models import Listing, Review

pytestmark = pytest.mark.usefixtures("database")

TITLE = "손뜨개 목도리"


def _post(author: User) -> Post:
    board, _ = Board.objects.get_or_create(slug="free", name="자유")
    return boards.write_post(board=board, author=author, title=TITLE, body="겨울에 좋아요")


def _listing(author: User) -> Listing:
    fields = {"kind": "gift", "terms": "free", "price": None}
    return market.write_listing(author=author, title=TITLE, body="겨울에 좋아요", **fields)


def _review(author: User) -> Review:
    seller, _ = User.objects.get_or_create(username="파는 이")
    return market.write_review(_listing(seller), author=author, stars=5, body="따뜻해요")


WRITERS: dict[type[Contribution], Callable[[User], Contribution]] = {
    Post: _post,
    Comment: lambda author: boards.write_comment(_post(author), author=author, body="따뜻해요"),
    Listing: _listing,
    Review: _review,
}
KINDS = contributions.kinds()
TITLED = [kind for kind in KINDS if issubclass(kind, Titled)]
BELOW = [kind for kind in KINDS if kind.BELOW]

of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
of_each_titled = pytest.mark.parametrize("kind", TITLED, ids=lambda kind: kind.__name__)
of_each_below = pytest.mark.parametrize("kind", BELOW, ids=lambda kind: kind.__name__)


def row(written: Contribution) -> dict[str, Any]:
    """Return all that the database holds of a contribution."""
    return type(written)._default_manager.filter(pk=written.pk).values().get()


def is_found(written: Contribution) -> bool:
    same = type(written)._default_manager.with_title("목도리")  # type: ignore[attr-defined]
    return same.filter(pk=written.pk).exists()


def test_each_kind_on_the_site_is_asked() -> None:
    assert set(KINDS) == set(WRITERS), "write one of the new kind in WRITERS"


@of_each_kind
def test_it_is_kept_who_took_it_down_first_and_when(
    kind: type[Contribution], author: User, moderator: User, make_person: Callable[[str], User]
) -> None:
    written = WRITERS[kind](author)
    before = row(written)
    remove(written, moderator=moderator)
    first = row(written)
    assert first["removed_by_id"] == moderator.pk
    assert first["removed_at"] is not None
    # The second moderator's page is older than the first one's click: so is what is given here.
    remove(written, moderator=make_person("새 지기"))
    assert row(written) == first
    restore(written)
    assert row(written) == before


@of_each_kind
def test_what_is_up_stays_as_it_was_when_it_is_put_back(
    kind: type[Contribution], author: User, django_assert_num_queries: Any
) -> None:
    written = WRITERS[kind](author)
    before = row(written)
    # The locks and a transaction, but nothing written.
    with django_assert_num_queries(4 if kind.BELOW else 3):
        restore(written)
    assert row(written) == before


@of_each_titled
def test_a_title_is_found_while_its_contribution_is_up_and_not_while_it_is_down(
    kind: type[Contribution], author: User, moderator: User
) -> None:
    written = WRITERS[kind](author)
    for _ in range(2):
        assert is_found(written)
        remove(written, moderator=moderator)
        assert not is_found(written)
        remove(written, moderator=moderator)
        assert not is_found(written)
        restore(written)
        restore(written)


@of_each_kind
def test_nothing_can_be_done_to_what_was_deleted_meanwhile(
    kind: type[Contribution], author: User, moderator: User
) -> None:
    written = WRITERS[kind](author)
    kind._default_manager.filter(pk=written.pk).delete()
    for act in (lambda one: remove(one, moderator=moderator), restore, delete):
        with pytest.raises(GoneError):
            act(written)
    assert not kind._default_manager.filter(pk=written.pk).exists()


@of_each_below
def test_what_went_with_the_text_above_it_is_gone_too(
    kind: type[Contribution], author: User, moderator: User
) -> None:
    written = WRITERS[kind](author)
    above = getattr(written, kind.BELOW)
    type(above)._default_manager.filter(pk=above.pk).delete()
    for act in (lambda one: remove(one, moderator=moderator), restore, delete):
        with pytest.raises(GoneError):
            act(written)


@of_each_below
def test_what_stands_below_a_text_that_is_down_is_taken_down_and_put_back_by_itself(
    kind: type[Contribution], author: User, moderator: User
) -> None:
    written = WRITERS[kind](author)
    above = getattr(written, kind.BELOW)
    remove(above, moderator=moderator)
    remove(written, moderator=moderator)
    assert row(written)["removed_by_id"] == moderator.pk
    restore(written)
    assert row(written)["removed_at"] is None
    # The text above stays down, and with it what stands below is not up.
    assert row(above)["removed_at"] is not None
    assert not kind._default_manager.filter(kind.IS_UP, pk=written.pk).exists()


@of_each_kind
def test_an_author_deletes_what_is_down_only_where_it_stands_by_itself(
    kind: type[Contribution], author: User, moderator: User
) -> None:
    written = WRITERS[kind](author)
    remove(written, moderator=moderator)
    if kind.BELOW:
        with pytest.raises(GoneError):
            delete(written)
        restore(written)
    delete(written)
    assert not kind._default_manager.filter(pk=written.pk).exists()


@pytest.fixture
def told() -> Iterator[list[tuple[type[Contribution], int, bool]]]:
    """What the signal said, as (kind, number, created)."""
    heard: list[tuple[type[Contribution], int, bool]] = []

    def listen(*, sender: Any, contribution: Contribution, created: bool, **_: Any) -> None:
        assert sender is type(contribution)
        heard.append((sender, contribution.pk, created))

    contribution_written.connect(listen)
    yield heard
    contribution_written.disconnect(listen)


@of_each_kind
def test_each_text_is_told_once_when_it_is_written_and_not_when_it_is_taken_down(
    kind: type[Contribution],
    author: User,
    moderator: User,
    told: list[tuple[type[Contribution], int, bool]],
) -> None:
    written = WRITERS[kind](author)
    assert [each for each in told if each[0] is kind] == [(kind, written.pk, True)]
    told.clear()
    remove(written, moderator=moderator)
    restore(written)
    assert told == []


def test_a_post_that_is_moved_and_changed_is_told_once(
    author: User, told: list[tuple[type[Contribution], int, bool]]
) -> None:
    post = _post(author)
    other = Board.objects.create(slug="review", name="후기")
    told.clear()
    boards.edit_post(post, board=other, title=post.title, body="고쳤어요")
    assert told == [(Post, post.pk, False)]
    assert Post.objects.get(pk=post.pk).board == other
    told.clear()
    boards.edit_post(post, board=Board.objects.get(slug="free"), title=post.title, body="고쳤어요")
    assert told == []
    assert Post.objects.get(pk=post.pk).board.slug == "free"

"""Posts and comments are written, changed and taken down, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Comment, Post, TitleIndex
from madang.community.extension import actions as contributions
from madang.community.extension.lock import GoneError
from madang.community.extension.signals import contribution_written

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def told() -> Iterator[list[tuple[str, bool]]]:
    """What was said by the signal, as (title, created)."""
    heard: list[tuple[str, bool]] = []

    def listen(*, contribution: Post, created: bool, **_: Any) -> None:
        heard.append((contribution.title, created))

    contribution_written.connect(listen, sender=Post)
    yield heard
    contribution_written.disconnect(listen, sender=Post)


def titles(query: str) -> list[str]:
    return [post.title for post in Post.objects.with_title(query)]


def test_a_written_post_is_told_and_found(
    told: list[tuple[str, bool]], board: Board, author: User
) -> None:
    post = actions.write_post(board=board, author=author, title="첫눈 온 날", body="눈이 왔다.")
    post.refresh_from_db()
    assert told == [("첫눈 온 날", True)]
    assert titles("첫눈") == ["첫눈 온 날"]
    assert post.edited_at is None


def test_an_edited_post_is_told_and_found_by_its_new_title_only(
    told: list[tuple[str, bool]], post: Post
) -> None:
    told.clear()
    actions.edit_post(post, board=post.board, title="시장에서 산 떡", body=post.body)
    post.refresh_from_db()
    assert told == [("시장에서 산 떡", False)]
    assert (titles("떡"), titles("백화점")) == (["시장에서 산 떡"], [])
    assert post.edited_at is not None


def test_the_same_text_again_is_no_edit(told: list[tuple[str, bool]], post: Post) -> None:
    told.clear()
    actions.edit_post(post, board=post.board, title=post.title, body=post.body)
    assert told == []
    assert post.edited_at is None


def test_a_post_that_fails_to_be_told_is_not_half_written(board: Board, author: User) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    contribution_written.connect(fail)
    try:
        with pytest.raises(RuntimeError):
            actions.write_post(board=board, author=author, title="반쪽 글", body="본문")
    finally:
        contribution_written.disconnect(fail)
    assert (Post.objects.count(), TitleIndex.objects.count()) == (0, 0)


def test_a_deleted_post_takes_its_comments_and_its_index_with_it(
    post: Post, stranger: User
) -> None:
    actions.write_comment(post, author=stranger, body="잘 읽었어요.")
    contributions.delete(post)
    assert [model.objects.count() for model in (Post, Comment, TitleIndex)] == [0, 0, 0]


def test_a_removed_post_is_not_found_until_it_is_restored(post: Post, moderator: User) -> None:
    contributions.remove(post, moderator=moderator)
    assert titles("백화점") == []
    assert not Post.objects.visible().exists()
    contributions.restore(post)
    assert titles("백화점") == [post.title]


def test_an_edit_does_not_bring_a_removed_post_back(post: Post, moderator: User) -> None:
    contributions.remove(post, moderator=moderator)
    with pytest.raises(GoneError):
        actions.edit_post(post, board=post.board, title="백화점 다시", body="본문")
    assert titles("백화점") == []


def test_who_hides_advertisements_sees_only_their_own(
    board: Board, author: User, stranger: User
) -> None:
    for writer in (author, stranger):
        post = actions.write_post(board=board, author=writer, title="특가", body="오늘만")
        Post.objects.filter(pk=post.pk).update(label=Post.Label.AD)
    actions.write_post(board=board, author=author, title="산책", body="걸었다")
    stranger.hides_advertisements = True
    seen = Post.objects.visible_to(stranger).values_list("author__username", "title")
    assert sorted(seen) == [("나그네", "특가"), ("은하", "산책")]
    assert Post.objects.visible_to(None).count() == 3


def test_a_list_counts_the_comments_that_are_up(
    post: Post, stranger: User, moderator: User
) -> None:
    for body in ("하나", "둘", "셋"):
        comment = actions.write_comment(post, author=stranger, body=body)
    contributions.remove(comment, moderator=moderator)
    assert Post.objects.for_list().get().num_comments == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text", ["🙂🙂", "مرحبا بالعالم", "'; DROP TABLE boards_post; --", "a\\'b", '%_"*', "가" * 100]
)
def test_any_text_can_be_a_title_and_be_searched(text: str, board: Board, author: User) -> None:
    actions.write_post(board=board, author=author, title=text, body=text)
    found = titles(text)
    assert found in ([text], [])
    assert Post.objects.get().title == text


def test_two_mac_and_windows_spellings_find_each_other(board: Board, author: User) -> None:
    import unicodedata

    actions.write_post(board=board, author=author, title="한강 나들이", body="좋았다")
    assert titles(unicodedata.normalize("NFD", "나들이")) == ["한강 나들이"]

"""Who may do what: the author, a moderator, a stranger, and somebody not logged in."""

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Comment, Post
from madang.community.extension import actions as contributions

EDITED = {"title": "바뀐 제목", "body": "바뀐 본문"}


@pytest.fixture
def comment(post: Post, author: User) -> Comment:
    """A comment of the author."""
    return actions.write_comment(post, author=author, body="덧붙입니다.")


def edit(client: Client, post: Post) -> int:
    address = f"/posts/{post.pk}/edit/"
    return client.post(address, {"board": post.board_id, **EDITED}).status_code


def delete(client: Client, item: Post | Comment) -> int:
    place = "posts" if isinstance(item, Post) else "comments"
    return client.post(f"/{place}/{item.pk}/delete/").status_code


def say(client: Client, post: Post) -> int:
    return client.post(f"/posts/{post.pk}/comments/", {"body": "안녕하세요"}).status_code


def title_of(post: Post) -> str:
    return Post.objects.get(pk=post.pk).title


def test_the_author_edits_a_post(as_author: Client, post: Post) -> None:
    assert edit(as_author, post) == 302
    assert title_of(post) == "바뀐 제목"


def test_a_stranger_may_not_edit_a_post(as_stranger: Client, post: Post) -> None:
    assert (edit(as_stranger, post), title_of(post)) == (403, "백화점에서 산 빵")


def test_a_moderator_may_not_edit_the_words_of_others(as_moderator: Client, post: Post) -> None:
    assert (edit(as_moderator, post), title_of(post)) == (403, "백화점에서 산 빵")


def test_somebody_not_logged_in_is_asked_to_log_in_before_editing(
    anonymous: Client, post: Post
) -> None:
    assert (edit(anonymous, post), title_of(post)) == (302, "백화점에서 산 빵")


def test_the_author_deletes_a_post(as_author: Client, post: Post) -> None:
    assert delete(as_author, post) == 302
    assert not Post.objects.exists()


@pytest.mark.parametrize("person", ["as_stranger", "as_moderator", "anonymous"])
def test_nobody_else_deletes_a_post(
    person: str, post: Post, request: pytest.FixtureRequest
) -> None:
    assert delete(request.getfixturevalue(person), post) in (302, 403)
    assert Post.objects.exists()


def test_looking_at_the_delete_page_deletes_nothing(as_author: Client, post: Post) -> None:
    assert as_author.get(f"/posts/{post.pk}/delete/").status_code == 200
    assert Post.objects.exists()


def test_a_stranger_comments(as_stranger: Client, post: Post) -> None:
    assert say(as_stranger, post) == 302
    assert post.comments.get().author.username == "나그네"


def test_nobody_comments_without_logging_in(anonymous: Client, post: Post) -> None:
    assert say(anonymous, post) == 302
    assert not post.comments.exists()


def test_nobody_comments_in_the_name_of_another(
    as_stranger: Client, post: Post, author: User
) -> None:
    as_stranger.post(f"/posts/{post.pk}/comments/", {"body": "사칭", "author": author.pk})
    assert post.comments.get().author.username == "나그네"


def test_nobody_writes_a_post_in_the_name_of_another(
    as_stranger: Client, post: Post, author: User
) -> None:
    row = {"board": post.board_id, "author": author.pk, "label": "ordinary", **EDITED}
    as_stranger.post("/boards/free/write/", row)
    assert Post.objects.latest("pk").author.username == "나그네"


def test_the_author_deletes_a_comment(as_author: Client, comment: Comment) -> None:
    assert delete(as_author, comment) == 302
    assert not Comment.objects.exists()


@pytest.mark.parametrize("person", ["as_stranger", "anonymous"])
def test_others_may_not_delete_a_comment(
    person: str, comment: Comment, request: pytest.FixtureRequest
) -> None:
    assert delete(request.getfixturevalue(person), comment) == 403
    assert Comment.objects.filter(removed_at=None).exists()


def test_a_moderator_takes_a_comment_down_and_a_line_stays(
    as_moderator: Client, comment: Comment
) -> None:
    assert delete(as_moderator, comment) == 302
    page = as_moderator.get(f"/posts/{comment.post_id}/").content.decode()
    assert "운영자가 내린 댓글입니다." in page
    assert "덧붙입니다." not in page


@pytest.mark.parametrize(
    ("person", "status"),
    [("as_author", 200), ("as_moderator", 200), ("as_stranger", 404), ("anonymous", 404)],
)
def test_a_removed_post_is_open_to_author_and_moderators_only(
    person: str, status: int, post: Post, moderator: User, request: pytest.FixtureRequest
) -> None:
    contributions.remove(post, moderator=moderator)
    client = request.getfixturevalue(person)
    assert client.get(f"/posts/{post.pk}/").status_code == status
    assert post.title not in client.get("/").content.decode()


def test_a_removed_post_takes_no_edit_and_no_comment(
    as_author: Client, post: Post, moderator: User
) -> None:
    contributions.remove(post, moderator=moderator)
    assert (edit(as_author, post), say(as_author, post)) == (403, 403)


def test_a_comment_of_a_removed_post_leads_nowhere(
    as_stranger: Client, comment: Comment, moderator: User
) -> None:
    contributions.remove(comment.post, moderator=moderator)
    page = as_stranger.get("/people/은하/comments/").content.decode()
    assert "덧붙입니다." not in page
    led = as_stranger.get(f"/comments/{comment.pk}/", follow=True)
    assert led.status_code == 404


@pytest.mark.parametrize("path", ["/accounts/settings/", "/write/", "/boards/free/write/"])
def test_pages_of_ones_own_ask_for_a_login(path: str, anonymous: Client, post: Post) -> None:
    answer = anonymous.get(path)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")

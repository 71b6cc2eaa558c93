"""Actions that meet on something else than one contribution: a name, a tag, a board, an account."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post
from madang.community.inference.actions import open_unread
from madang.community.inference.models import Reading
from madang.community.market.models import Listing, Purchase
from madang.community.moderation.models import Case
from madang.community.recommendations.models import Consent, Interaction
from madang.community.tags.models import Tag, Tagging

from .acts import Browser
from .scene import Scene, Stage, flaws
from .together import Errors, at_once

ROUNDS = int(os.environ.get("MADANG_ROUNDS", "3"))
Meet = Callable[..., list[int]]


@pytest.fixture
def meet(threads: ThreadPoolExecutor, errors: Errors) -> Meet:
    """Take two steps at once, see that nothing failed, and return what was answered."""

    def meet(*steps: Callable[[], int], number: int) -> list[int]:
        statuses = at_once(threads, steps, seed=str(number))
        logged, errors.lines[:] = list(errors.lines), []
        assert (logged, [status for status in statuses if status >= 500]) == ([], [])
        return statuses

    return meet


def test_a_name_is_given_to_one_of_two(stage: Stage, browsers: list[Browser], meet: Meet) -> None:
    for number in range(ROUNDS):
        scene = stage.take(Post)
        nobody = Scene(**{**vars(scene), "sessions": {"nobody": ""}})
        password = "마당에서-만나요-7"
        fields = {"username": f"새 {number}".replace(" ", ""), "email": f"{number}@yard.kr"}
        fields |= {"password1": password, "password2": password}

        steps = [
            partial(each.go, nobody, "nobody", "/accounts/signup/", **fields) for each in browsers
        ]
        assert sorted(meet(*steps, number=number)) in ([200, 302], [302, 409])
        assert User.objects.filter(username=fields["username"]).count() == 1


def test_a_tag_that_its_last_post_loses_is_kept_for_another(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    for number in range(ROUNDS):
        one, other = stage.take(Post), stage.take(Post)
        tag = Tag.objects.create(key=f"첫눈{number}", name=f"첫눈{number}")
        Tagging.objects.create(post_id=one.above, tag=tag)
        drop, add = f"/tags/posts/{one.above}/drop/", f"/tags/posts/{other.above}/add/"
        statuses = meet(
            partial(browsers[0].go, one, "author", drop, key=tag.key),
            partial(browsers[1].go, other, "author", add, name=tag.name),
            number=number,
        )
        assert statuses == [302, 302]
        assert list(Tagging.objects.filter(tag__key=tag.key).values_list("post")) == [
            (other.above,)
        ]


def test_two_posts_get_the_same_tags_in_any_order(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    for number in range(ROUNDS):
        one, other = stage.take(Post), stage.take(Post)
        names = [f"새{number}{letter}" for letter in "가나다라마"]
        statuses = meet(
            partial(
                browsers[0].go, one, "author", f"/tags/posts/{one.above}/add/", name=",".join(names)
            ),
            partial(
                browsers[1].go,
                other,
                "author",
                f"/tags/posts/{other.above}/add/",
                name=",".join(names[::-1]),
            ),
            number=number,
        )
        assert statuses == [302, 302]
        assert Tagging.objects.filter(tag__key__in=names).count() == 10


def test_a_board_is_deleted_or_written_on(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    for number in range(ROUNDS):
        scene = stage.take(Post)
        board = Board.objects.create(slug=f"new{number}", name=f"새 게시판 {number}")
        fields = {"board": str(board.pk), "title": "첫 글", "body": "아무도 없나요?"}
        meet(
            partial(browsers[0].go, scene, "author", f"/boards/{board.slug}/write/", **fields),
            partial(
                browsers[1].go,
                scene,
                "operator",
                f"/admin/boards/board/{board.pk}/delete/",
                post="yes",
            ),
            number=number,
        )
        is_there = Board.objects.filter(pk=board.pk).exists()
        assert Post.objects.filter(board=board.pk).exists() == is_there


@pytest.mark.parametrize("action", ["delete", "edit"])
@pytest.mark.parametrize("kind", [Post, Listing])
def test_what_a_model_has_not_seen_is_found_while_it_is_changed(
    stage: Stage, browsers: list[Browser], meet: Meet, action: str, kind: type[Post | Listing]
) -> None:
    for number in range(ROUNDS):
        scene = stage.take(kind)
        Reading.objects.filter(object_id__in=(scene.above, scene.below)).delete()
        place = "posts" if kind is Post else "market"
        fields = {"board": stage.board.pk, "title": "새 글", "body": "새로 쓴 글", "sure": "1"}
        fields |= {"kind": "gift", "terms": "free"}
        statuses = meet(
            partial(browsers[0].go, scene, "author", f"/{place}/{scene.above}/{action}/", **fields),
            lambda: 200 + 0 * open_unread("hate", batch=100),
            number=number,
        )
        assert statuses == [302, 200]
    assert [each for each in flaws() if "Reading" in each] == []


def test_one_account_is_deleted_twice(stage: Stage, browsers: list[Browser], meet: Meet) -> None:
    for number in range(ROUNDS):
        scene = stage.take(Post)
        one, many = f"/admin/accounts/user/{scene.author}/delete/", "/admin/accounts/user/"
        chosen = {"action": "delete_selected", "post": "yes", "_selected_action": scene.author}
        meet(
            partial(browsers[0].go, scene, "operator", one, post="yes"),
            partial(browsers[1].go, scene, "operator", many, **chosen),
            number=number,
        )
        assert not User.objects.filter(pk=scene.author).exists()


def test_accounts_that_speak_to_each_other_are_deleted(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    """Each wrote below what the other wrote, so that each deletion wants what the other holds."""
    for number in range(ROUNDS):
        one, other = stage.take(Post), stage.take(Post)
        for scene, guest in ((one, other.author), (other, one.author)):
            post = Post.objects.get(pk=scene.above)
            actions.write_comment(post, author=User.objects.get(pk=guest), body="댓글")
        paths = [f"/admin/accounts/user/{each.author}/delete/" for each in (one, other)]
        statuses = meet(
            partial(browsers[0].go, one, "operator", paths[0], post="yes"),
            partial(browsers[1].go, other, "operator", paths[1], post="yes"),
            number=number,
        )
        assert statuses == [302, 302]
        assert not User.objects.filter(pk__in=(one.author, other.author)).exists()


def test_what_was_kept_of_a_person_is_forgotten_while_more_is_kept(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    acts = [
        ("guest", "/recommendations/reset/", {"sure": "1"}),
        ("guest", "/recommendations/consent/", {"choice": "declined"}),
        ("operator", "/admin/accounts/user/{guest}/delete/", {"post": "yes"}),
    ]
    for number in range(ROUNDS):
        for person, path, fields in acts:
            scene = stage.take(Listing)
            take, other = f"/market/{scene.above}/take/", path.format(guest=scene.guest)
            meet(
                partial(browsers[0].go, scene, "guest", take, taken="1"),
                partial(browsers[1].go, scene, person, other, **fields),
                number=number,
            )
            if not User.objects.filter(pk=scene.guest).exists():
                assert not Purchase.objects.filter(listing=scene.above).exists()
                assert not Consent.objects.filter(person=scene.guest).exists()
                assert not Interaction.objects.filter(person=scene.guest).exists()


def test_pages_of_many_are_drawn_while_one_is_deleted(
    stage: Stage, browsers: list[Browser], meet: Meet
) -> None:
    pages = [
        "/moderation/",
        "/moderation/speech/",
        "/models/",
        "/",
        "/boards/review/",
        "/tags/서울/",
    ]
    for number in range(ROUNDS):
        for page in pages:
            scene = stage.take(Post)
            delete = f"/posts/{scene.above}/delete/"
            statuses = meet(
                partial(browsers[0].go, scene, "moderator", page),
                partial(browsers[1].go, scene, "author", delete, sure="1"),
                number=number,
            )
            assert statuses == [200, 302]
    assert not Case.objects.of_kind(Post).exclude(object_id__in=Post.objects.values("pk")).exists()

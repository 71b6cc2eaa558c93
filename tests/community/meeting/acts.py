"""What people, moderators, the operator and the machine do to a scene, through the site's pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension.actions import remove
from madang.community.extension.contribution import Contribution
from madang.community.inference.models import Reading
from madang.community.inference.tasks import read_waiting
from madang.community.market.models import Listing, Review
from madang.community.reviews.models import Opinion

from .scene import ADS, SPEECH, Scene

#: Statuses by what they say: it was done, or what it was for is no more (or no longer allowed).
UNKNOWN = 401
DONE, REFUSED = {200, 302}, {UNKNOWN, 403, 404, 410}


class Browser:
    """The browser of whoever acts."""

    def __init__(self) -> None:
        self._client = Client(raise_request_exception=False)

    def go(self, scene: Scene, person: str, path: str, **fields: Any) -> int:
        """Send a form, or open a page where there are no fields; return the status."""
        self._client.cookies.clear()
        self._client.cookies[settings.SESSION_COOKIE_NAME] = scene.sign_in(person)
        response = self._client.post(path, fields) if fields else self._client.get(path)
        is_asked_in = response.headers.get("Location", "").startswith("/accounts/login/")
        return UNKNOWN if is_asked_in else response.status_code


@dataclass(frozen=True)
class Act:
    """Something done to a scene: ``prepare`` makes it possible, before anybody acts."""

    name: str
    do: Callable[[Browser, Scene], Callable[[], int]]
    prepare: Callable[[Scene], object] = lambda scene: None

    def __str__(self) -> str:
        return self.name


def send(
    name: str,
    person: str,
    path: str,
    prepare: Callable[[Scene], object] = lambda scene: None,
    /,
    **fields: Any,
) -> Act:
    """Make the act of sending a form, whose page is open already when the others act."""

    def do(browser: Browser, scene: Scene) -> Callable[[], int]:
        given = {key: of(scene) if callable(of) else of for key, of in fields.items()}
        places = {
            "above": scene.above,
            "below": scene.below,
            "author": scene.author,
            "guest": scene.guest,
        }
        for number, place in _PLACES.items():
            if f"{{{number}}}" in path:
                places[number] = place(scene)
        scene.sign_in(person)
        return lambda: browser.go(scene, person, path.format(**places), **given)

    return Act(name, do, prepare)


def work(name: str, tasks: Sequence[Any], prepare: Callable[[Scene], object]) -> Act:
    """Make the act of the background worker."""

    def do(browser: Browser, scene: Scene) -> Callable[[], int]:
        def run() -> int:
            for task in tasks:
                task.func()
            return 200

        return run

    return Act(name, do, prepare)


def leave(name: str, person: str) -> Act:
    """Make the act of deleting an account, as the administration's pages do."""

    def do(browser: Browser, scene: Scene) -> Callable[[], int]:
        number = scene.author if person == "author" else scene.guest

        def delete() -> int:
            user = User.objects.filter(pk=number).first()
            if user is None:
                return 404
            user.delete()
            return 302

        return delete

    return Act(name, do)


def _key(model: Any, kind: type[Any]) -> Callable[[Scene], str]:
    def key(scene: Scene) -> str:
        return str(scene.about(model, kind).get().key)

    return key


def _number(model: Any, kind: type[Any]) -> Callable[[Scene], int]:
    return lambda scene: int(scene.about(model, kind).get().pk)


_PLACES = {
    "speech": _number(SPEECH, Post),
    "listing_speech": _number(SPEECH, Listing),
    "opinion": _number(Opinion, Post),
    "review_opinion": _number(Opinion, Review),
}


def _take_down(kind: type[Contribution]) -> Callable[[Scene], object]:
    def prepare(scene: Scene) -> None:
        number = scene.below if kind.BELOW else scene.above
        moderator = User.objects.get(username="지기")
        remove(kind._default_manager.get(pk=number), moderator=moderator)

    return prepare


def _let_wait(scene: Scene) -> None:
    """Put the post back to before any model saw it."""
    scene.about(ADS, Post).update(source="pending", label="", answer=None)
    Post.objects.filter(pk=scene.above).update(label="pending")
    _let_read(Post, Comment)(scene)


def _let_read(kind: Any, below: Any) -> Callable[[Scene], object]:
    def prepare(scene: Scene) -> None:
        for of in (kind, below):
            waiting = {"is_waiting": True, "answer": None, "retry_at": timezone.now()}
            scene.about(Reading, of).update(**waiting)

    return prepare


def _board(scene: Scene) -> int:
    return Board.objects.values_list("pk", flat=True)[0]


_POST = "/posts/{above}/"
_DECIDE, _SPEECH = "/moderation/decide/", "/moderation/speech/decide/"
_NEW = {"title": "제주에서 산 책", "body": "새로 쓴 글도 별로다. 다시는 오지 말고 꺼져."}

ON_POST = [
    send("edit", "author", f"{_POST}edit/", board=_board, **_NEW),
    send("delete", "author", f"{_POST}delete/", sure="1"),
    send("take down", "moderator", _DECIDE, chosen=_key(ADS, Post), action="remove"),
    send(
        "put back",
        "moderator",
        _SPEECH,
        _take_down(Post),
        chosen=_key(SPEECH, Post),
        action="restore",
    ),
    send("decide", "moderator", _DECIDE, chosen=_key(ADS, Post), action="ordinary"),
    send("clear", "moderator", _SPEECH, chosen=_key(SPEECH, Post), action="clear"),
    send("appeal", "author", "/moderation/posts/{above}/appeal/", sentence="아니에요"),
    send("appeal fold", "author", "/moderation/speech/{speech}/appeal/", sentence="아니에요"),
    send("comment", "guest", f"{_POST}comments/", body="벌레 같은 글"),
    send("delete comment", "guest", "/comments/{below}/delete/", sure="1"),
    send("remove comment", "moderator", "/comments/{below}/delete/", sure="1"),
    send(
        "put comment back",
        "moderator",
        _SPEECH,
        _take_down(Comment),
        chosen=_key(SPEECH, Comment),
        action="restore",
    ),
    send("tag", "author", f"/tags{_POST}add/", name="빵, 김연아"),
    send("untag", "moderator", f"/tags{_POST}drop/", key="서울"),
    send("hide opinion", "author", "/reviews/{opinion}/hide/", hide="1"),
    work("judge and read", [read_waiting], _let_wait),
    leave("delete author", "author"),
    leave("delete guest", "guest"),
]

_LISTING = "/market/{above}/"
_OFFER = {"kind": "gift", "terms": "free", **_NEW}

ON_LISTING = [
    send("edit", "author", f"{_LISTING}edit/", **_OFFER),
    send("delete", "author", f"{_LISTING}delete/", sure="1"),
    send("take down", "moderator", f"{_LISTING}take-down/", removed="1"),
    send(
        "put back",
        "moderator",
        f"{_LISTING}take-down/",
        _take_down(Listing),
        removed="0",
    ),
    send("clear", "moderator", _SPEECH, chosen=_key(SPEECH, Listing), action="clear"),
    send("appeal fold", "author", "/moderation/speech/{listing_speech}/appeal/", sentence="아니"),
    send("close", "author", f"{_LISTING}state/", open="0"),
    send("take", "guest", f"{_LISTING}take/", taken="1"),
    send("review", "guest", f"{_LISTING}review/", stars="5", body="좋아요, 벌레"),
    send("drop review", "guest", "/market/reviews/{below}/drop/", sure="1"),
    send("remove review", "moderator", "/market/reviews/{below}/drop/", sure="1"),
    send(
        "put review back",
        "moderator",
        _SPEECH,
        _take_down(Review),
        chosen=_key(SPEECH, Review),
        action="restore",
    ),
    send("hide opinion", "guest", "/reviews/{review_opinion}/hide/", hide="1"),
    work("read", [read_waiting], _let_read(Listing, Review)),
    leave("delete author", "author"),
    leave("delete guest", "guest"),
]

"""Who agreed, what they opened, and a recommender that stands in for the trained one."""

from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.recommendations import actions
from madang.community.recommendations.models import Consent


class ListRecommender:
    """Stand in for the trained recommender: it knows a list, and gives it in that order.

    The first item of the history that it knows speaks for whatever it gives.
    """

    def __init__(self) -> None:
        self.version, self.name = "recommender-1", "stand-in"
        self.items: list[str] = []
        self.failure: Exception | None = None

    def recommend(
        self, *, history: Sequence[str], k: int = 10, exclude_seen: bool = True
    ) -> SimpleNamespace:
        if self.failure:
            raise self.failure
        found = [each for each in self.items if not (exclude_seen and each in history)]
        return SimpleNamespace(
            items=tuple(SimpleNamespace(item=each, score=1.0) for each in found[:k]),
            num_unknown=sum(each not in self.items for each in history),
        )

    def because(self, *, history: Sequence[str], item: str) -> str | None:
        return next((each for each in history if each in self.items), None)


@pytest.fixture
def models(all_models: None, db: None) -> None:
    """Put word models behind the doors; the indexes are filled, so that no thread does it."""
    store.fill()


@pytest.fixture
def recommender(
    settings: Any, models: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ListRecommender]:
    """Put a recommender behind the door."""
    model = ListRecommender()
    settings.MADANG_RECOMMENDER_MODEL = "stand-in"
    monkeypatch.setattr(prediction, "load_recommender", lambda name: model)
    prediction.forget()
    yield model
    prediction.forget()


@pytest.fixture
def is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the newest items be looked up on each page."""
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)


@pytest.fixture
def write(board: Board, author: User) -> Callable[..., Post]:
    """Write a post of the author."""

    def write(title: str, body: str = "이야기") -> Post:
        return boards.write_post(board=board, author=author, title=title, body=body)

    return write


@pytest.fixture
def agree() -> Callable[[User], None]:
    """Let a person agree."""
    return lambda person: actions.answer(person, Consent.Choice.AGREED)


def recommended(client: Client, address: str = "/") -> str:
    """Return the part of a page that recommends, "" where there is none."""
    html = client.get(address).content.decode()
    return html.partition('<section class="recommended')[2].partition("</section>")[0]

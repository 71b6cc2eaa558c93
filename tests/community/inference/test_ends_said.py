"""Wherever a page shows how a long text was read, it says that the middle was not."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.moderation.models import Case
from madang.text.excerpt import Excerpt

KOREAN = "긴 글이라 앞부분과 끝부분만 읽었습니다."
ENGLISH = "The text is long; only its beginning and its end were read."
SIDE = 200
PLAIN = "바람이 분다. " * 50
MIDDLE = "가운데에 벌레도 제주도 나오지만 아무도 읽지 않는다. " * 50
LONG = f"빵이 좋다. {PLAIN}{MIDDLE}{PLAIN}빵. 김연아."


def cut(text: str, *, max_tokens: int) -> Excerpt:
    """Read some letters of either end, and not as many tokens as the site does."""
    if len(text) <= 2 * SIDE:
        return Excerpt(text)
    return Excerpt(text[:SIDE] + "\n" + text[-SIDE:], cut=(SIDE, len(text) - SIDE))


@pytest.fixture(autouse=True)
def _models_that_cut(all_models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("load_classifier", "load_tagger", "load_embedder"):
        load: Callable[[str], Any] = getattr(prediction, name)

        def load_cutting(name: str, load: Callable[[str], Any] = load) -> Any:
            model = load(name)
            monkeypatch.setattr(model, "excerpt", cut, raising=False)
            return model

        monkeypatch.setattr(prediction, name, load_cutting)


@pytest.fixture
def reviews(db: None) -> Board:
    """A board of reviews."""
    return Board.objects.create(slug="review", name="후기", kind=Board.Kind.REVIEW)


def write(board: Board, author: User, body: str = LONG) -> Post:
    return boards.write_post(board=board, author=author, title="빵집", body=body)


def page(client: Client, post: Post, language: str = "ko") -> str:
    store.fill()
    client.cookies["django_language"] = language
    return client.get(post.get_absolute_url()).content.decode()


def parts(html: str) -> dict[str, str]:
    """Return the pieces of a page in which a model's word stands."""
    found = {
        "opinion": re.search(r'<details class="why opinion">.*?</details>', html, re.S),
        "speech": re.search(r'<details class="why speech".*?</details>\s*</div>', html, re.S),
        "tags": re.search(r'<form class="suggested".*?</form>', html, re.S),
        "related": re.search(r'<section class="related".*?</section>', html, re.S),
        "label": re.search(r'<section class="panel moderator".*?</section>', html, re.S),
    }
    return {name: match.group() for name, match in found.items() if match}


@pytest.mark.parametrize(("language", "sentence"), [("ko", KOREAN), ("en", ENGLISH)])
def test_opinion_tags_and_related_posts_say_it_to_the_author(
    reviews: Board, author: User, as_author: Client, language: str, sentence: str
) -> None:
    post = write(reviews, author)
    write(reviews, author, "빵 이야기")
    found = parts(page(as_author, post, language))
    assert {name for name in found if sentence in found[name]} == {"opinion", "tags", "related"}


@pytest.mark.parametrize(("language", "sentence"), [("ko", KOREAN), ("en", ENGLISH)])
def test_the_label_says_it_to_a_moderator(
    reviews: Board, author: User, as_moderator: Client, language: str, sentence: str
) -> None:
    assert sentence in parts(page(as_moderator, write(reviews, author), language))["label"]


@pytest.mark.parametrize(("language", "sentence"), [("ko", KOREAN), ("en", ENGLISH)])
def test_a_folded_text_says_it_on_its_page_and_in_the_queue(
    reviews: Board,
    author: User,
    anonymous: Client,
    as_moderator: Client,
    language: str,
    sentence: str,
) -> None:
    post = write(reviews, author, "벌레 같은 것들. " + LONG)
    case = Case.objects.filter(kind="speech").of(post).get()
    assert case.answer is not None
    assert case.answer.value["is_truncated"]
    html = page(anonymous, post, language)
    assert sentence in html.partition('class="why speech"')[2]
    as_moderator.cookies["django_language"] = language
    queue = as_moderator.get("/moderation/speech/").content.decode()
    assert sentence in queue


def test_of_a_short_text_nothing_of_the_kind_is_said(
    reviews: Board, author: User, as_author: Client, as_moderator: Client
) -> None:
    post = write(reviews, author, "빵이 좋다. 김연아. 벌레 같은 것들.")
    write(reviews, author, "빵 이야기")
    for client in (as_author, as_moderator):
        assert KOREAN not in page(client, post)


def test_the_middle_folds_nothing_and_suggests_no_tag(
    reviews: Board, author: User, as_author: Client
) -> None:
    post = write(reviews, author)
    post.refresh_from_db()
    assert not post.is_folded
    assert "제주" not in parts(page(as_author, post))["tags"]


def test_the_operators_page_says_how_much_is_read(as_moderator: Client) -> None:
    html = as_moderator.get("/models/").content.decode()
    assert f"합쳐서 토큰 {prediction.MAX_TOKENS:,}개까지 읽습니다." in html

"""Of a text in which there is nothing to judge, the site says, keeps and finds nothing."""

from typing import Any

import numpy as np
import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction
from madang.community.inference.models import Answer, Reading
from madang.community.inference.vectors import store
from madang.community.moderation.models import Case
from madang.community.reviews.models import Opinion
from madang.serving import Classification
from madang.text.legibility import is_blank

NOTHING = "\u3164"


@pytest.fixture
def shipped(settings: Any) -> Any:
    """The models that ship."""
    for kind in prediction.KINDS:
        setattr(settings, f"MADANG_{kind.upper()}_MODEL", kind)
    prediction.forget()
    yield
    prediction.forget()


@pytest.mark.usefixtures("shipped")
@pytest.mark.parametrize("text", ["", " \n", NOTHING, "\u200b\ufe0f", "龘龘"])
def test_no_shipped_model_says_anything_of_nothing(text: str) -> None:
    for kind in (prediction.ADS, prediction.SENTIMENT, prediction.HATE):
        value = prediction.read(kind, text, patient=True).value
        assert (value["label"], value["probabilities"], value["reasons"]) == (None, {}, [])
    assert prediction.read(prediction.SENTENCE, text, patient=True).vector is None
    if is_blank(text):
        assert prediction.read(prediction.ENTITIES, text, patient=True).value["entities"] == []


@pytest.fixture
def reviews(db: None) -> Board:
    """A board of reviews."""
    return Board.objects.create(slug="review", name="후기", kind=Board.Kind.REVIEW)


@pytest.fixture
def seeing(all_models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the models that stand in find nothing in blank texts."""
    load = prediction.load_classifier

    def load_seeing(name: str) -> Any:
        model = load(name)
        judge = model.classify
        nothing = Classification(None, None, {}, ())
        monkeypatch.setattr(
            model,
            "classify",
            lambda texts, **_: [nothing if is_blank(text) else judge([text])[0] for text in texts],
        )
        return model

    monkeypatch.setattr(prediction, "load_classifier", load_seeing)
    prediction.forget()


def write(board: Board, author: User, title: str, body: str) -> Post:
    return boards.write_post(board=board, author=author, title=title, body=body)


@pytest.mark.usefixtures("seeing")
def test_a_blank_review_has_no_opinion_and_loses_the_one_it_had(
    database: str, reviews: Board, author: User, anonymous: Client
) -> None:
    blank = write(reviews, author, NOTHING, NOTHING)
    assert not Opinion.objects.exclude(label="").of(blank).exists()
    post = write(reviews, author, "국수집", "국물이 좋다")
    assert Opinion.objects.of(post).get().label == "positive"
    boards.edit_post(post, board=reviews, title=NOTHING, body=NOTHING)
    assert Opinion.objects.of(post).get().label == ""
    html = anonymous.get(post.get_absolute_url()).content.decode()
    assert "label positive" not in html
    assert not Reading.objects.filter(is_waiting=True).exists()


@pytest.mark.usefixtures("seeing")
def test_an_insult_that_is_edited_to_nothing_is_unfolded(
    database: str, board: Board, author: User
) -> None:
    post = write(board, author, "꺼져", "꺼져")
    assert Post.objects.get(pk=post.pk).is_folded
    boards.edit_post(post, board=board, title=NOTHING, body=NOTHING)
    assert not Post.objects.get(pk=post.pk).is_folded
    assert not Case.objects.of(post).filter(kind="speech").exists()


@pytest.mark.usefixtures("seeing")
def test_blank_posts_are_near_to_nothing_and_leave_the_index(
    database: str, board: Board, author: User, anonymous: Client
) -> None:
    first, second = (write(board, author, NOTHING, NOTHING * n) for n in (1, 2))
    bread, other = (write(board, author, "빵", f"빵 {number}") for number in (1, 2))
    store.fill()
    index = store.get("post")
    assert index is not None
    assert set(index.newest(10)[0]) == {bread.pk, other.pk}
    for post in (first, second):
        assert 'class="related"' not in anonymous.get(post.get_absolute_url()).content.decode()
    boards.edit_post(other, board=board, title=NOTHING, body=NOTHING * 3)
    store._store._follow()
    assert set(index.newest(10)[0]) == {bread.pk}


@pytest.mark.usefixtures("seeing")
def test_a_vector_of_zeros_that_an_earlier_release_kept_is_none(
    database: str, board: Board, author: User
) -> None:
    post = write(board, author, "빵", "빵")
    answers = Answer.objects.filter(kind=prediction.SENTENCE)
    answers.update(vector=np.zeros(6, "<f2").tobytes())
    store.fill()
    index = store.get("post")
    assert index is not None
    assert index.get(post.pk) is None


@pytest.mark.usefixtures("seeing")
def test_a_search_for_nothing_finds_nothing(board: Board, author: User, anonymous: Client) -> None:
    write(board, author, "빵", "빵")
    store.fill()
    html = anonymous.get("/search/meaning/", {"q": "\u200b"}).content.decode()
    assert "뜻이 가까운 글이 없습니다" in html

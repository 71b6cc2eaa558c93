"""The pictures of the README, and that nothing sticks out of a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.moderation import actions
from madang.community.moderation.models import Case
from madang.community.serve import sample

OpenPage = Callable[..., Page]


@pytest.fixture
def village(transactional_db: None, patience: None) -> None:
    """Load the sample content; two authors have appealed."""
    sample.load()
    waiting = Case.objects.filter(kind="ads", source="model", label="ad")
    for case, sentence in zip(waiting[:2], ["제 돈으로 산 물건이에요", ""], strict=False):
        actions.appeal(case, sentence=sentence)


def an_advertisement() -> Post:
    labelled = Case.objects.filter(kind="ads", source="model", label="ad")
    return Post.objects.filter(pk__in=labelled.values("object_id")).latest("pk")


def test_the_pages_look_as_the_readme_shows_them(
    village: None, open_page: OpenPage, picture: Callable[..., None]
) -> None:
    reader, moderator = User.objects.get(username="은하"), User.objects.get(username="지기")
    front = open_page(reader, "/boards/market/")
    expect(front.locator(".posts .label.ad").first).to_be_visible()
    picture(front, "list")

    post = open_page(None, an_advertisement().get_absolute_url())
    post.get_by_text("왜?").click()
    expect(post.locator(".reasons mark").first).to_be_visible()
    picture(post, "reasons")

    queue = open_page(moderator, "/moderation/")
    expect(queue.get_by_role("checkbox").first).to_be_visible()
    picture(queue, "queue")

    writing = open_page(reader, "/boards/review/write/")
    writing.get_by_label("제목", exact=True).fill("저자극 크림 2주 써 본 이야기")
    writing.get_by_label("본문").fill("체험단으로 써 봤어요. 향이 은은하고 아침까지 촉촉합니다.")
    writing.get_by_label("본문").press("End")
    writing.get_by_label("본문").press_sequentially(" ")
    expect(writing.locator(".finding")).to_be_visible()
    picture(writing, "write")


def test_the_pages_of_the_further_models_look_as_the_docs_show_them(
    village: None, open_page: OpenPage, picture: Callable[..., None]
) -> None:
    further = {prediction.SENTIMENT, prediction.HATE, prediction.ENTITIES, prediction.SENTENCE}
    assert all(map(prediction.has_model, further)), "the further models ship"
    store.fill()
    reader = User.objects.get(username="은하")
    reviews = open_page(None, "/boards/review/")
    expect(reviews.locator(".summary strong")).to_be_visible()
    picture(reviews, "reviews")
    own = Post.objects.filter(author=reader, board__kind="review").latest("pk")
    review = open_page(reader, own.get_absolute_url())
    review.get_by_text("모델의 짐작").click()
    expect(review.locator(".opinion .reasons")).to_be_visible()
    picture(review, "review")


def test_nothing_sticks_out_of_a_phone_by_day_or_night(
    village: None, open_page: OpenPage, picture: Callable[..., None]
) -> None:
    writer, moderator = an_advertisement().author, User.objects.get(username="지기")
    address = an_advertisement().get_absolute_url()
    pages = [
        ("phone", writer, "/", False),
        ("a post", writer, address, False),
        ("the form", writer, "/boards/review/write/", False),
        ("a post to a moderator", moderator, address, True),
        ("the queue", moderator, "/moderation/", True),
    ]
    for name, who, address, dark in pages:
        page = open_page(who, address, phone=True, dark=dark)
        if "/posts/" in address:
            page.get_by_text("왜?").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        if name == "phone":
            picture(page, name)

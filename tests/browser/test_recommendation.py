"""Recommendations and the market, as people meet them: with scripts and without."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.market.models import Listing
from madang.community.recommendations.models import Interaction
from madang.community.serve import sample
from madang.text.excerpt import Excerpt

OpenPage = Callable[..., Page]

with_and_without_scripts = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "no-javascript"]
)


class WordEmbedder:
    """Stand in for the model of sentences: one number for each of a few matters."""

    version = "sentence-1"
    matters = ("빵", "산책")

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def embed(self, texts: Sequence[str]) -> Any:
        counts = np.array([[*(text.count(each) for each in self.matters), 0.1] for text in texts])
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def words(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let words decide what is near; no other model but that of advertising."""
    for kind in ("SPAM", "SENTIMENT", "HATE", "ENTITIES", "RECOMMENDER"):
        setattr(settings, f"MADANG_{kind}_MODEL", "")
    monkeypatch.setattr(prediction, "load_embedder", lambda name: WordEmbedder())
    monkeypatch.setattr(store, "SECONDS_FRESH", -1.0)
    yield from fresh()


@pytest.fixture
def village(transactional_db: None, patience: None) -> Iterator[None]:
    """Load the sample content; what lies on the market is read by the model that ships."""
    yield from fresh()


def fresh() -> Iterator[None]:
    for forget in (prediction.forget, store.forget):
        forget()
    yield
    for forget in (prediction.forget, store.forget):
        forget()


@with_and_without_scripts
def test_a_reader_agrees_reads_is_recommended_and_takes_it_all_back(
    words: None,
    open_page: OpenPage,
    author: User,
    person: Callable[[str], User],
    board: Board,
    javascript: bool,
) -> None:
    for title in ("빵 굽기", "산책 이야기", "식빵 이야기"):
        actions.write_post(board=board, author=author, title=title, body=title)
    store.fill()
    page = open_page(person("길손"), javascript=javascript)
    page.get_by_role("link", name="빵 굽기").click()
    assert not Interaction.objects.exists()
    page.get_by_role("button", name="동의").click()
    expect(page.get_by_text("고맙습니다")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("빵 굽기")

    page.goto("/")
    shown = page.locator(".recommended")
    expect(shown.get_by_role("link", name="식빵 이야기")).to_be_visible()
    expect(shown).to_contain_text("「빵 굽기」를 읽으셔서")
    expect(shown.get_by_role("link", name="산책 이야기")).to_have_count(0)
    shown.get_by_role("link", name="최신순으로").click()
    expect(page.locator("#new")).to_be_in_viewport()

    page.get_by_role("link", name="설정").click()
    page.get_by_role("button", name="추천 끄기").click()
    page.get_by_role("button", name="기록 모두 지우기").click()
    expect(page.get_by_text("지웠습니다")).to_be_visible()
    assert not Interaction.objects.exists()
    page.goto("/")
    expect(page.locator(".recommended, .consent")).to_have_count(0)


@with_and_without_scripts
def test_something_is_offered_found_taken_and_reviewed(
    words: None,
    open_page: OpenPage,
    author: User,
    person: Callable[[str], User],
    javascript: bool,
) -> None:
    seller = open_page(author, javascript=javascript)
    seller.get_by_role("link", name="장터", exact=True).click()
    seller.get_by_role("link", name="내놓기").click()
    seller.get_by_label("재능", exact=True).check()
    seller.get_by_label("제목", exact=True).fill("식빵 굽기 수업")
    seller.get_by_label("설명").fill("두 시간 동안 함께 굽습니다.")
    seller.get_by_role("button", name="내놓기").click()
    expect(seller.get_by_text("값을 써 주세요")).to_be_visible()
    seller.get_by_label("값 (원)").fill("30,000")
    seller.get_by_role("button", name="내놓기").click()
    expect(seller.locator(".cost")).to_contain_text("30,000원")

    buyer = open_page(person("길손"), "/market/", javascript=javascript)
    buyer.get_by_role("link", name="재능").click()
    buyer.get_by_label("장터에서 제목으로 찾기").fill("굽기")
    buyer.get_by_role("button", name="장터에서 찾기").click()
    buyer.get_by_role("link", name="식빵 굽기 수업").click()
    buyer.get_by_role("button", name="구매했어요").click()
    expect(buyer.get_by_text("1명이 구매했습니다")).to_be_visible()
    buyer.get_by_label("별 4개").check()
    buyer.get_by_label("한마디").fill("빵이 부드러웠습니다.")
    buyer.get_by_role("button", name="후기 올리기").click()
    expect(buyer.locator("#reviews li")).to_contain_text("구매한 사람")
    expect(buyer.get_by_role("img", name="별점 5점 중 4점").first).to_be_visible()

    seller.get_by_role("button", name="거래 끝내기").click()
    buyer.goto("/market/")
    expect(buyer.get_by_text("아직 내놓은 것이 없습니다.")).to_be_visible()
    assert not Listing.objects.get().is_open


def test_the_pages_look_as_the_docs_show_them(
    village: None, open_page: OpenPage, picture: Callable[..., None]
) -> None:
    sample.load()
    store.fill()
    reader, other = User.objects.get(username="은하"), User.objects.get(username="지기")
    front = open_page(reader)
    expect(front.locator(".recommended .reason").first).to_be_visible()
    picture(front, "recommended")
    market = open_page(reader, "/market/", phone=True)
    expect(market.locator(".listings .stars").first).to_be_visible()
    picture(market, "market")
    listing = Listing.objects.get(title__startswith="기타")
    pages = ["/", "/market/", "/market/write/", listing.get_absolute_url(), "/recommendations/"]
    for who in (reader, other):
        for dark, address in enumerate([*pages, "/accounts/settings/"]):
            page = open_page(who, address, phone=True, dark=bool(dark % 2))
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address

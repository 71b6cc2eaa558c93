"""Tags, reviews, related posts and folded texts, as people meet them: with scripts and without."""

import re
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board, Post
from madang.community.inference import prediction
from madang.community.inference.vectors import store
from madang.community.market import actions as market
from madang.community.moderation.models import Case
from madang.community.serve import sample
from madang.community.tags.actions import add_tags
from madang.serving import Classification, Reason
from madang.text.excerpt import Excerpt

OpenPage = Callable[..., Page]

with_and_without_scripts = pytest.mark.parametrize(
    "javascript", [True, False], ids=["javascript", "no-javascript"]
)


class WordClassifier:
    """Stand in for a classifier: each label has its words, the first label has none."""

    is_multi_label = False

    def __init__(self, version: str, words: dict[str, str]) -> None:
        self.version, self.words, self.labels = version, words, tuple(words)

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def classify(self, texts: Sequence[str], **_: object) -> list[Classification]:
        return [self._answer(text) for text in texts]

    def _answer(self, text: str) -> Classification:
        counts = {
            label: 0.1 + len(re.findall(words, text)) if words else 0.12
            for label, words in self.words.items()
        }
        total = sum(count**3 for count in counts.values())
        probabilities = {label: count**3 / total for label, count in counts.items()}
        label = max(probabilities, key=lambda each: probabilities[each])
        found = re.finditer(self.words[label], text) if self.words[label] else ()
        return Classification(
            label=label,
            probability=probabilities[label],
            probabilities=probabilities,
            reasons=tuple(
                Reason(start=word.start(), end=word.end(), text=word.group(), weight=1.0)
                for word in found
            ),
        )


class WordTagger:
    """Stand in for the model of entities."""

    version = "entities-1"

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def tag(self, texts: Sequence[str]) -> list[tuple[Any, ...]]:
        names = "로봇청소기|서울|한강|은행나무|시립 도서관|소금빵|제주"
        return [
            tuple(
                SimpleNamespace(start=word.start(), end=word.end(), type="AFW", probability=0.9)
                for word in re.finditer(names, text)
            )
            for text in texts
        ]


class WordEmbedder:
    """Stand in for the model of embeddings: the pairs of letters that texts share."""

    version = "sentence-1"

    def excerpt(self, text: str, *, max_tokens: int) -> Excerpt:
        return Excerpt(text)

    def embed(self, texts: Sequence[str]) -> Any:
        vectors = np.zeros((len(texts), 256), np.float32)
        for row, text in enumerate(texts):
            for place in range(len(text) - 1):
                vectors[row, (ord(text[place]) * 31 + ord(text[place + 1])) % 256] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, patience: None) -> Iterator[None]:
    """Put word models beside the shipped one of advertising."""
    words = {
        "sentiment": {"negative": "별로|나쁜|아쉬|실망", "positive": "좋|만족|맛있|추천|예쁘|편"},
        "hate": {"none": "", "offensive": "꺼져|멍청", "hate": "벌레"},
    }
    load = prediction.load_classifier
    monkeypatch.setattr(prediction, "is_there", lambda name: True)
    monkeypatch.setattr(
        prediction,
        "load_classifier",
        lambda name: WordClassifier(f"{name}-1", words[name]) if name in words else load(name),
    )
    monkeypatch.setattr(prediction, "load_tagger", lambda name: WordTagger())
    monkeypatch.setattr(prediction, "load_embedder", lambda name: WordEmbedder())
    prediction.forget()
    store.forget()
    yield
    store.forget()


@with_and_without_scripts
def test_an_author_takes_a_suggested_tag_and_a_reader_follows_it(
    models: None, open_page: OpenPage, author: User, board: Board, javascript: bool
) -> None:
    page = open_page(author, javascript=javascript)
    page.goto(f"/boards/{board.slug}/write/")
    page.get_by_label("제목", exact=True).fill("한강 산책")
    page.get_by_label("본문").fill("서울에서 한강을 따라 걸었다. 은행나무가 노랗다.")
    page.get_by_role("button", name="올리기").click()
    expect(page.locator("ul.tags")).to_have_count(0)
    page.get_by_role("button", name="한강").click()
    expect(page.locator("ul.tags a")).to_have_text(["#한강"])
    page.get_by_text("태그 직접 달기").click()
    page.get_by_role("textbox", name="태그").fill("가을, 산책")
    page.get_by_role("button", name="달기", exact=True).click()
    expect(page.locator("ul.tags a")).to_have_text(["#한강", "#가을", "#산책"])
    page.get_by_role("button", name="태그 가을 떼기").click()
    expect(page.locator("ul.tags a")).to_have_text(["#한강", "#산책"])
    reader = open_page(None, Post.objects.get().get_absolute_url(), javascript=javascript)
    reader.locator("ul.tags a").first.click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("#한강")
    expect(reader.get_by_role("link", name="한강 산책")).to_be_visible()


@with_and_without_scripts
def test_a_folded_comment_is_unfolded_appealed_and_cleared(
    models: None,
    open_page: OpenPage,
    author: User,
    moderator: User,
    board: Board,
    javascript: bool,
) -> None:
    post = actions.write_post(board=board, author=moderator, title="빵집", body="빵이 좋다")
    address = post.get_absolute_url()
    page = open_page(author, address, javascript=javascript)
    page.get_by_label("새 댓글").fill("멍청한 소리")
    page.get_by_role("button", name="올리기").click()
    body = page.locator(".comments .body")
    expect(body).to_be_hidden()
    page.get_by_text("가려진 댓글: 펼치기").click()
    expect(body).to_be_visible()
    page.get_by_text("왜?").click()
    page.get_by_label("잘못 가렸나요?").fill("농담이에요")
    page.get_by_role("button", name="이의 내기").click()
    queue = open_page(moderator, "/moderation/speech/", javascript=javascript)
    expect(queue.get_by_text("농담이에요")).to_be_visible()
    queue.get_by_role("checkbox").check()
    queue.get_by_role("button", name="문제없음: 펼치기").click()
    expect(queue.get_by_text("1개를 처리했습니다")).to_be_visible()
    page.goto(address)
    expect(page.get_by_text("가려진 댓글")).to_have_count(0)
    expect(body).to_be_visible()


def test_a_double_click_posts_once(
    models: None, open_page: OpenPage, author: User, board: Board
) -> None:
    page = open_page(author, f"/boards/{board.slug}/write/")
    page.get_by_label("제목", exact=True).fill("두 번 누름")
    page.get_by_label("본문").fill("급한 마음")
    page.get_by_role("button", name="올리기").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("두 번 누름")
    assert Post.objects.count() == 1


def test_the_pages_fit_a_phone_and_a_desk_by_day_and_by_night(
    models: None, transactional_db: None, open_page: OpenPage
) -> None:
    sample.load()
    reader, moderator = User.objects.get(username="은하"), User.objects.get(username="지기")
    review = Post.objects.get(title__startswith="중고로 산 로봇청소기")
    add_tags(review, ["로봇청소기", "중고"])
    own = actions.write_post(
        board=review.board,
        author=reader,
        title="시립 도서관 옆 소금빵",
        body="소금빵이 정말 맛있어요. 자리도 편하고 좋습니다. 다만 주차는 아쉬워요. 그래도 추천!",
    )
    for body in ("멍청한 소리 좀 그만", "벌레 같은 것들은 가라"):
        actions.write_comment(own, author=User.objects.get(username="두리"), body=body)
    fields = {"kind": "gift", "title": "벌레 부적", "body": "벌레", "terms": "free", "price": None}
    listing = market.write_listing(author=reader, **fields)
    market.write_review(listing, author=User.objects.get(username="두리"), stars=1, body="꺼져")
    assert Case.objects.filter(kind="speech").count() == 4
    store.fill()
    pages = [
        ("reviews", None, "/boards/review/"),
        ("review", None, review.get_absolute_url()),
        ("own", reader, own.get_absolute_url()),
        ("moderator", moderator, own.get_absolute_url()),
        ("listing", moderator, listing.get_absolute_url()),
        ("speech", moderator, "/moderation/speech/"),
        ("models", moderator, "/models/"),
        ("tag", None, "/tags/중고/"),
        ("meaning", None, "/search/meaning/?q=소금빵이 맛있는 빵집"),
    ]
    for name, who, address in pages:
        for phone, dark in ((False, False), (True, False), (True, True)):
            page = open_page(who, address, phone=phone, dark=dark)
            for summary in page.locator("details.why > summary").all():
                if name in ("own", "review", "moderator", "listing"):
                    summary.click()
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= (390 if phone else 1120), name
            for chosen in page.locator(".tabs [aria-current]").all():
                expect(chosen).to_be_in_viewport(ratio=1)
            page.close()

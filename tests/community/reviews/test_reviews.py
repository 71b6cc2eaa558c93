"""How a review judges is shown on boards of reviews, with its sentences, and nowhere else."""

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.inference.models import Reading
from madang.community.reviews.models import Opinion
from madang.community.reviews.sentence import find_sentences

pytestmark = pytest.mark.usefixtures("all_models")


@pytest.fixture
def reviews(db: None) -> Board:
    """A board of reviews."""
    return Board.objects.create(slug="review", name="후기", kind=Board.Kind.REVIEW)


def write(board: Board, author: User, body: str, title: str = "국수집") -> Post:
    return boards.write_post(board=board, author=author, title=title, body=body)


def hide_address(post: Post) -> str:
    return f"/reviews/{Opinion.objects.of(post).get().pk}/hide/"


def page(client: Client, post: Post) -> str:
    return client.get(post.get_absolute_url()).content.decode()


def test_a_review_shows_its_side_its_probability_and_the_sentence_that_says_so(
    database: str, anonymous: Client
) -> None:
    author = User.objects.create_user("은하")
    board = Board.objects.create(slug="review", name="후기", kind=Board.Kind.REVIEW)
    html = page(anonymous, write(board, author, "어제 갔다. 국물이 좋다! 다시 갈 것."))
    assert '<span class="label positive">긍정 95%</span>' in html
    assert "국물이 <mark>좋</mark>다!" in html
    assert "sentiment-1" in html
    assert "짐작" in html
    assert '<p class="excerpt">어제 갔다' not in html


@pytest.mark.parametrize(
    ("body", "label"),
    [("별로다", "negative"), ("좋기도 별로이기도", "unclear"), ("🍜", "unclear"), ("", "unclear")],
)
def test_a_review_is_negative_or_not_clear(
    reviews: Board, author: User, body: str, label: str
) -> None:
    assert Opinion.objects.of(write(reviews, author, body)).get().label == label


def test_no_other_board_shows_sentiment(board: Board, author: User, anonymous: Client) -> None:
    post = write(board, author, "국물이 좋다")
    assert not Reading.objects.filter(kind="sentiment").exists()
    assert "positive" not in page(anonymous, post)
    assert "opinion" not in anonymous.get(board.get_absolute_url()).content.decode()


def test_a_post_moved_to_and_from_reviews_follows(
    reviews: Board, board: Board, author: User, anonymous: Client
) -> None:
    post = write(board, author, "국물이 좋다")
    boards.edit_post(post, board=reviews, title=post.title, body=post.body)
    assert "긍정 95%" in page(anonymous, post)
    boards.edit_post(post, board=board, title=post.title, body=post.body)
    assert "긍정 95%" not in page(anonymous, post)


def test_an_edited_review_is_read_again(reviews: Board, author: User, anonymous: Client) -> None:
    post = write(reviews, author, "국물이 좋다")
    boards.edit_post(post, board=reviews, title=post.title, body="다시 가니 별로다")
    assert "부정 95%" in page(anonymous, post)


def test_the_list_counts_and_is_narrowed_by_a_click(
    reviews: Board, author: User, anonymous: Client
) -> None:
    for number in range(3):
        write(reviews, author, "좋다", title=f"좋은 집 {number}")
    write(reviews, author, "별로", title="그저 그런 집")
    html = anonymous.get("/boards/review/").content.decode()
    assert "긍정 75%" in html
    assert "후기 4개" in html
    narrowed = anonymous.get("/boards/review/?opinion=negative").content.decode()
    assert ("그저 그런 집" in narrowed, "좋은 집" in narrowed) == (True, False)
    assert "좋은 집 0" in anonymous.get("/boards/review/?opinion=x").content.decode()


def test_an_advertisement_is_no_review_that_counts(
    reviews: Board, author: User, anonymous: Client
) -> None:
    write(reviews, author, "좋다", title="[광고] 새로 연 집")
    write(reviews, author, "별로", title="그저 그런 집")
    assert "긍정 0%" in anonymous.get("/boards/review/").content.decode()
    html = anonymous.get("/boards/review/?opinion=positive").content.decode()
    assert "새로 연 집" not in html


def test_its_author_hides_it_and_shows_it_again(
    reviews: Board, author: User, as_author: Client, anonymous: Client
) -> None:
    post = write(reviews, author, "국물이 좋다")
    as_author.post(hide_address(post), {"hide": "1"})
    assert "긍정 95%" not in page(anonymous, post)
    assert "다시 보이기" in page(as_author, post)
    assert "긍정 100%" not in anonymous.get("/boards/review/").content.decode()
    assert post.title not in anonymous.get("/boards/review/?opinion=positive").content.decode()
    boards.edit_post(post, board=reviews, title=post.title, body="역시 좋다")
    assert "긍정 95%" not in page(anonymous, post)
    as_author.post(hide_address(post), {"hide": "0"})
    assert "긍정 95%" in page(anonymous, post)


@pytest.mark.parametrize("person", ["as_stranger", "as_moderator", "anonymous"])
def test_nobody_else_hides_it(
    reviews: Board, author: User, person: str, request: pytest.FixtureRequest
) -> None:
    post = write(reviews, author, "국물이 좋다")
    client: Client = request.getfixturevalue(person)
    answer = client.post(hide_address(post), {"hide": "1"})
    assert answer.status_code in (302, 403)
    assert not Opinion.objects.of(post).get().is_hidden


def test_sentences_stand_in_the_order_of_the_text_the_heaviest_chosen() -> None:
    text = "하나 가. 둘 나. 셋 다. 넷 라."
    reasons = [[3, 4, 0.1], [8, 9, 3.0], [13, 14, 2.0], [18, 19, 1.0]]
    assert find_sentences(text, reasons) == [
        "둘 <mark>나</mark>.",
        "셋 <mark>다</mark>.",
        "넷 <mark>라</mark>.",
    ]
    assert find_sentences("<b>가</b>", [[3, 4, 1.0]]) == ["&lt;b&gt;<mark>가</mark>&lt;/b&gt;"]

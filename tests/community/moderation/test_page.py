"""What each person sees of a label, and may do about it."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from madang.community.accounts.models import User
from madang.community.boards import actions as boards
from madang.community.boards.models import Board, Post
from madang.community.extension import actions as contributions
from madang.community.moderation import actions
from madang.community.moderation.models import Appeal, Case, Decision

pytestmark = pytest.mark.usefixtures("at_once")

QUEUE = "/moderation/"
DECIDE = "/moderation/decide/"


@pytest.fixture
def advertisement(board: Board, author: User) -> Post:
    return boards.write_post(
        board=board, author=author, title="원피스 공구", body="<script>alert('공구')</script> 할인!"
    )


def appeal_address(post: Post) -> str:
    return reverse("moderation:appeal_ads", args=[post.pk])


def key_of(post: Post) -> str:
    return Case.objects.of(post).get().key


def page(client: Client, address: str, **data: str) -> str:
    return client.get(address, data).content.decode()


# the label and its reason


def test_an_ordinary_post_bears_no_label(anonymous: Client, post: Post) -> None:
    html = page(anonymous, post.get_absolute_url())
    assert 'class="why"' not in html
    assert "label ad" not in html


def test_everybody_sees_the_label_with_its_reason(anonymous: Client, advertisement: Post) -> None:
    html = page(anonymous, advertisement.get_absolute_url())
    assert '<details class="why">' in html
    assert "<mark>공구</mark>" in html
    assert "97%" in html
    assert "words-1" in html
    assert "거의 확실히 광고" in html


def test_script_text_in_a_reason_stays_text(anonymous: Client, advertisement: Post) -> None:
    html = page(anonymous, advertisement.get_absolute_url())
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(&#x27;<mark>공구</mark>&#x27;)&lt;/script&gt;" in html


def test_a_disclosed_advertisement_says_that_its_author_disclosed_it(
    anonymous: Client, board: Board, author: User
) -> None:
    post = boards.write_post(board=board, author=author, title="[광고] 새 크림", body="촉촉해요")
    html = page(anonymous, post.get_absolute_url())
    assert "작성자가 광고임을 밝힌 글입니다" in html
    assert "<mark>광고</mark>" in html


def test_a_waiting_post_says_so_and_can_be_read(
    anonymous: Client, board: Board, author: User, model: Any
) -> None:
    model.failure = RuntimeError("down")
    post = boards.write_post(board=board, author=author, title="원피스 공구", body="예뻐요")
    response = anonymous.get(post.get_absolute_url())
    assert response.status_code == 200
    assert "판단 중" in response.content.decode()


# the appeal


def test_the_author_appeals_with_one_click(as_author: Client, advertisement: Post) -> None:
    assert "이의 내기" in page(as_author, advertisement.get_absolute_url())
    response = as_author.post(appeal_address(advertisement), follow=True)
    assert "이의를 냈습니다" in response.content.decode()
    assert Appeal.objects.get().contribution == advertisement
    assert "이의 내기" not in page(as_author, advertisement.get_absolute_url())


def test_a_long_or_odd_sentence_does_not_stop_an_appeal(
    as_author: Client, advertisement: Post
) -> None:
    as_author.post(appeal_address(advertisement), {"sentence": "아\x00니\n" * 1000})
    assert Appeal.objects.get().sentence.startswith("아니 아니")
    assert len(Appeal.objects.get().sentence) <= 300


@pytest.mark.parametrize("who", ["as_stranger", "as_moderator"])
def test_only_the_author_appeals(
    request: pytest.FixtureRequest, who: str, advertisement: Post
) -> None:
    client: Client = request.getfixturevalue(who)
    assert "이의 내기" not in page(client, advertisement.get_absolute_url())
    assert client.post(appeal_address(advertisement)).status_code == 403
    assert not Appeal.objects.exists()


def test_somebody_logged_out_is_asked_to_log_in(anonymous: Client, advertisement: Post) -> None:
    response = anonymous.post(appeal_address(advertisement))
    assert response.status_code == 302
    assert "login" in response["Location"]
    assert not Appeal.objects.exists()


def test_an_appeal_is_a_post_with_a_token(author: User, advertisement: Post) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(appeal_address(advertisement)).status_code == 405
    assert client.post(appeal_address(advertisement)).status_code == 403
    assert not Appeal.objects.exists()


def test_a_decision_needs_a_token(moderator: User, advertisement: Post) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(moderator, backend="django.contrib.auth.backends.ModelBackend")
    data = {"chosen": key_of(advertisement), "action": "remove"}
    assert client.post(DECIDE, data).status_code == 403
    assert client.get(DECIDE, data).status_code == 405
    assert not Decision.objects.exists()


def test_a_removed_post_can_not_be_appealed(
    as_author: Client, moderator: User, advertisement: Post
) -> None:
    contributions.remove(advertisement, moderator=moderator)
    assert as_author.post(appeal_address(advertisement)).status_code == 404


# the queue


@pytest.mark.parametrize(("who", "status"), [("as_author", 403), ("as_stranger", 403)])
def test_only_moderators_reach_the_queue(
    request: pytest.FixtureRequest, who: str, status: int, advertisement: Post
) -> None:
    client: Client = request.getfixturevalue(who)
    assert client.get(QUEUE).status_code == status
    response = client.post(DECIDE, {"chosen": key_of(advertisement), "action": "ordinary"})
    assert response.status_code == status
    assert not Decision.objects.exists()
    assert QUEUE not in page(client, "/")


def test_somebody_logged_out_reaches_neither_queue_nor_decision(
    anonymous: Client, advertisement: Post
) -> None:
    assert anonymous.get(QUEUE).status_code == 302
    response = anonymous.post(DECIDE, {"chosen": key_of(advertisement), "action": "ordinary"})
    assert response.status_code == 302
    assert not Decision.objects.exists()


def test_appeals_come_first_then_edited_posts_then_the_least_certain(
    as_moderator: Client, board: Board, author: User, moderator: User
) -> None:
    def write(title: str) -> Post:
        return boards.write_post(board=board, author=author, title=title, body="본문")

    certain, uncertain, edited, appealed = map(write, ["공구 가", "세일 나", "공구 다", "공구 라"])
    actions.appeal(Case.objects.of(appealed).get())
    actions.decide(Case.objects.of(edited).get(), moderator=moderator, action="ad")
    boards.edit_post(edited, board=board, title="공구 다다", body="본문")
    html = page(as_moderator, QUEUE)
    places = [html.find(title) for title in ("라</label>", "다다</label>", "나</label>")]
    assert -1 not in places
    assert places == sorted(places)
    assert certain.get_absolute_url() not in html
    assert certain.get_absolute_url() in page(as_moderator, QUEUE, tab="ads")
    assert uncertain.get_absolute_url() not in page(as_moderator, QUEUE, tab="appeals")


def test_moderators_are_told_how_many_wait(
    as_moderator: Client, author: User, advertisement: Post
) -> None:
    actions.appeal(Case.objects.of(advertisement).get())
    assert "기다리는 글 1개" in page(as_moderator, "/")


def test_a_moderator_decides_on_several_posts_at_once(
    as_moderator: Client, board: Board, author: User
) -> None:
    posts = [
        boards.write_post(board=board, author=author, title=f"공구 {number}", body="본문")
        for number in range(3)
    ]
    keys = [key_of(post) for post in posts]
    response = as_moderator.post(DECIDE, {"chosen": keys[:2], "action": "ordinary"}, follow=True)
    assert "2개를 처리했습니다" in response.content.decode()
    labels = [Post.objects.get(pk=post.pk).label for post in posts]
    assert labels == ["ordinary", "ordinary", "ad"]


def test_the_author_reads_the_answer_to_the_appeal(
    as_author: Client, as_moderator: Client, advertisement: Post
) -> None:
    as_author.post(appeal_address(advertisement), {"sentence": "제 옷이에요"})
    assert "제 옷이에요" in page(as_moderator, QUEUE)
    as_moderator.post(
        DECIDE, {"chosen": key_of(advertisement), "action": "ordinary", "note": "맞습니다"}
    )
    html = page(as_author, advertisement.get_absolute_url())
    assert "이의에 답합니다" in html
    assert "맞습니다" in html
    assert "label ad" not in html
    assert "이의에 답합니다" in page(as_moderator, QUEUE, tab="settled")


def test_a_decision_on_a_text_that_was_edited_meanwhile_is_not_taken(
    as_moderator: Client, board: Board, advertisement: Post
) -> None:
    key = key_of(advertisement)
    boards.edit_post(advertisement, board=board, title="원피스", body="할인")
    response = as_moderator.post(DECIDE, {"chosen": key, "action": "ordinary"}, follow=True)
    assert "그 사이에" in response.content.decode()
    assert not Decision.objects.exists()


@pytest.mark.parametrize("second", ["confirm", "ad", "remove"])
def test_of_two_moderators_on_the_same_page_the_first_decides(
    as_moderator: Client, advertisement: Post, second: str
) -> None:
    key = key_of(advertisement)
    as_moderator.post(DECIDE, {"chosen": key, "action": "ordinary"})
    response = as_moderator.post(DECIDE, {"chosen": key, "action": second}, follow=True)
    assert "그 사이에" in response.content.decode()
    assert Decision.objects.get().action == "ordinary"


def test_an_author_may_still_appeal_what_a_moderator_passed_over(
    as_author: Client, advertisement: Post, moderator: User
) -> None:
    case = Case.objects.of(advertisement).get()
    actions.decide(case, moderator=moderator, action="dismiss")
    address = advertisement.get_absolute_url()
    assert appeal_address(advertisement) in page(as_author, address)
    as_author.post(appeal_address(advertisement))
    assert "이의를 냈습니다" in page(as_author, address)
    assert appeal_address(advertisement) not in page(as_author, address)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"action": "ordinary"},
        {"chosen": "1:ab"},
        {"chosen": "x", "action": "ordinary"},
        {"chosen": "999999999999999999999:ab", "action": "ordinary"},
        {"chosen": "²:ab", "action": "ordinary"},
        {"chosen": "1:", "action": "ordinary"},
        {"chosen": "1' OR 1=1 --:a", "action": "ordinary"},
        {"chosen": "1:ab", "action": "destroy", "tab": "<script>", "post": "²"},
    ],
)
def test_a_broken_decision_changes_nothing(
    as_moderator: Client, advertisement: Post, data: dict[str, str]
) -> None:
    assert as_moderator.post(DECIDE, data, follow=True).status_code == 200
    assert not Decision.objects.exists()


@pytest.mark.parametrize("query", ["tab=<script>", "page=x", "page=-1", "page=99999", "tab=\x00"])
def test_a_broken_address_of_the_queue_shows_the_queue(as_moderator: Client, query: str) -> None:
    response = as_moderator.get(f"{QUEUE}?{query}")
    assert response.status_code == 200
    assert "<script>" not in response.content.decode().replace("<script src=", "")


def test_a_moderator_takes_a_post_down_and_puts_it_back(
    as_moderator: Client, anonymous: Client, as_author: Client, advertisement: Post
) -> None:
    address = advertisement.get_absolute_url()
    as_moderator.post(DECIDE, {"chosen": key_of(advertisement), "action": "remove"})
    assert anonymous.get(address).status_code == 404
    assert "이 글을 내렸습니다" in page(as_author, address)
    response = as_moderator.post(
        DECIDE,
        {"chosen": key_of(advertisement), "action": "restore", "post": str(advertisement.pk)},
    )
    assert response["Location"] == address
    assert anonymous.get(address).status_code == 200


def test_a_note_with_script_text_stays_text(
    as_moderator: Client, as_author: Client, advertisement: Post
) -> None:
    data = {"chosen": key_of(advertisement), "action": "ad", "note": "<script>x</script>"}
    as_moderator.post(DECIDE, data)
    assert "<script>x" not in page(as_author, advertisement.get_absolute_url())


@pytest.mark.parametrize("tab", ["todo", "appeals", "edited", "ads", "pending", "settled"])
def test_the_queue_asks_few_questions_of_the_database(
    as_moderator: Client,
    board: Board,
    author: User,
    moderator: User,
    django_assert_max_num_queries: Any,
    tab: str,
) -> None:
    for number in range(12):
        post = boards.write_post(board=board, author=author, title=f"공구 {number}", body="가")
        case = Case.objects.of(post).get()
        if number % 3 == 0:
            actions.appeal(case)
        elif number % 3 == 1:
            actions.decide(case, moderator=moderator, action="ad")
    with django_assert_max_num_queries(9):
        as_moderator.get(QUEUE, {"tab": tab})


def test_a_label_costs_its_page_one_question(
    anonymous: Client, advertisement: Post, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(4):  # the post, its comments, its tags, and the label
        anonymous.get(advertisement.get_absolute_url())


# the disclosure check


CHECK = "/moderation/disclosure-check/"


def test_the_check_answers_while_writing(as_author: Client) -> None:
    html = as_author.post(
        CHECK, {"title": "새 크림", "body": "체험단으로 써 봤어요"}
    ).content.decode()
    assert "체험단으로" in html
    assert "[협찬] 업체에서" in html
    assert "<html" not in html


def test_the_check_escapes_what_was_written(as_author: Client) -> None:
    body = "<img src=x onerror=alert(1)> 체험단으로 써 봤어요"
    html = as_author.post(CHECK, {"title": "<b>", "body": body}).content.decode()
    assert "<img" not in html
    assert "&lt;img" in html


def test_the_check_says_nothing_of_an_ordinary_text(as_author: Client) -> None:
    assert not as_author.post(CHECK, {"title": "점심", "body": "김치찌개"}).content.strip()


def test_the_check_is_for_people_who_are_logged_in(anonymous: Client) -> None:
    assert anonymous.post(CHECK, {"title": "", "body": ""}).status_code == 302


def test_the_check_speaks_english_to_english_readers(as_author: Client) -> None:
    as_author.post("/language/setlang/", {"language": "en"})
    html = as_author.post(CHECK, {"title": "크림", "body": "체험단으로 써 봤어요"}).content.decode()
    assert "name what you received" in html


def test_the_writing_form_carries_the_check(as_author: Client, board: Board) -> None:
    html = page(as_author, f"/boards/{board.slug}/write/")
    assert CHECK in html
    assert 'aria-live="polite"' in html


def test_without_javascript_the_hint_stands_below_the_saved_post_for_its_author_only(
    as_author: Client, anonymous: Client, board: Board
) -> None:
    address = f"/boards/{board.slug}/write/"
    data = {"board": str(board.pk), "title": "새 크림", "body": "체험단으로 써 봤어요"}
    response = as_author.post(address, data, follow=True)
    assert response.status_code == 200
    assert "[협찬] 업체에서" in response.content.decode()
    assert "[협찬] 업체에서" not in page(anonymous, Post.objects.get().get_absolute_url())


def test_english_readers_get_english_pages(
    as_moderator: Client, as_author: Client, advertisement: Post
) -> None:
    for client in (as_moderator, as_author):
        client.post("/language/setlang/", {"language": "en"})
    html = page(as_author, advertisement.get_absolute_url())
    assert "Why?" in html
    assert "almost certainly an advertisement" in html
    assert "One click, and a moderator looks at it" in html
    queue = page(as_moderator, QUEUE, tab="ads")
    assert "least sure of" in queue
    assert "Ads by the model" in queue

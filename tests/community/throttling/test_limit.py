"""Who does something too often is told so, and when to try again; nothing typed is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards.models import Board, Comment, Post
from madang.community.extension import actions as contributions
from madang.community.market.models import Listing, Review
from madang.community.moderation.models import Appeal
from madang.community.throttling import actions as throttling
from madang.community.throttling.models import Counter

SetLimit = Callable[[str, str], None]
DEEDS = [
    *("posts", "comments", "listings", "reviews", "edits", "tags", "appeals", "hints", "changes"),
    *("searches", "meanings", "market searches", "passwords"),
]


def listing_of(author: User) -> Listing:
    return Listing.objects.create(
        author=author, kind="gift", title="목도리", body="울", terms="free"
    )


def do(deed: str, client: Client, post: Post, turn: int) -> Any:
    """Do something, each time with another text."""
    text = f"{turn}번째로 쓰는 글입니다. 저마다 다릅니다. {'가나다라마바사'[turn % 7]}"
    if deed == "posts":
        fields = {"board": post.board_id, "title": f"제목 {turn}", "body": text}
        return client.post("/boards/free/write/", fields)
    if deed == "comments":
        return client.post(f"/posts/{post.pk}/comments/", {"body": text})
    if deed == "edits":
        fields = {"board": post.board_id, "title": "고친 제목", "body": text}
        return client.post(f"/posts/{post.pk}/edit/", fields)
    if deed == "listings":
        fields = {"kind": "gift", "title": f"목도리 {turn}", "body": text, "terms": "free"}
        return client.post("/market/write/", fields)
    if deed == "reviews":
        other = User.objects.get_or_create(username="판매자")[0]
        fields = {"stars": "5", "body": text}
        return client.post(f"/market/{listing_of(other).pk}/review/", fields)
    addresses = {
        "tags": (f"/tags/posts/{post.pk}/add/", {"name": f"태그{turn}"}),
        "appeals": (f"/moderation/posts/{post.pk}/appeal/", {"sentence": text}),
        "hints": ("/moderation/disclosure-check/", {"title": "제목", "body": text}),
        "changes": ("/recommendations/consent/", {"choice": "later"}),
        "passwords": ("/accounts/password/change/", {"oldpassword": f"아니다 {turn}"}),
    }
    if deed in addresses:
        return client.post(*addresses[deed])
    pages = {"searches": "/search/", "meanings": "/search/meaning/", "market searches": "/market/"}
    return client.get(pages[deed], {"q": f"빵 {turn}"})


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_has_its_end_and_the_page_says_when_to_go_on(
    deed: str, as_author: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("searches" if deed in {"meanings", "market searches"} else deed, "new 3/h")
    statuses = [do(deed, as_author, post, turn).status_code for turn in range(3)]
    refused = do(deed, as_author, post, 3)
    assert 429 not in statuses
    assert refused.status_code == 429
    assert 3590 <= int(refused["Retry-After"]) <= 3600
    assert "잠시 쉬었다가 다시 해 주세요" in refused.content.decode()
    assert "60분 뒤에" in refused.content.decode()


def test_what_is_refused_is_not_done_and_the_text_is_given_back(
    as_author: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("comments", "new 1/h")
    as_author.post(f"/posts/{post.pk}/comments/", {"body": "첫 댓글"})
    refused = as_author.post(f"/posts/{post.pk}/comments/", {"body": "애써 쓴 <b>댓글</b>"})
    assert "애써 쓴 &lt;b&gt;댓글&lt;/b&gt;" in refused.content.decode()
    assert [comment.body for comment in Comment.objects.all()] == ["첫 댓글"]


def test_the_page_is_english_for_who_chose_english(
    as_author: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("comments", "new 1/30m")
    as_author.cookies["django_language"] = "en"
    for _ in range(2):
        answer = as_author.post(f"/posts/{post.pk}/comments/", {"body": "one"})
    assert "Please try again in 30 minutes." in answer.content.decode()


def test_a_window_ends(
    database: str,
    as_author: Client,
    post: Post,
    set_limit: SetLimit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_limit("comments", "new 2/h")
    clock = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: clock)
    assert [do("comments", as_author, post, turn).status_code for turn in range(3)][-1] == 429
    clock += 3599
    assert do("comments", as_author, post, 3).status_code == 429
    clock += 2
    assert [do("comments", as_author, post, turn).status_code for turn in range(4, 7)] == [
        302,
        302,
        429,
    ]


def test_a_clock_that_was_a_year_ahead_locks_nobody_out(
    as_author: Client, post: Post, set_limit: SetLimit, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limit("comments", "new 1/h")
    clock = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: clock)
    assert [do("comments", as_author, post, turn).status_code for turn in range(2)] == [302, 429]
    clock -= 365 * 86400
    assert do("comments", as_author, post, 2).status_code == 302


def test_the_limits_are_tighter_for_a_new_account(
    as_author: Client,
    as_stranger: Client,
    post: Post,
    author: User,
    stranger: User,
    set_limit: SetLimit,
    settle: Callable[[User], None],
) -> None:
    set_limit("comments", "4/h, new 2/h")
    settle(author)
    done = {
        client: [do("comments", client, post, turn).status_code for turn in range(5)].count(302)
        for client in (as_author, as_stranger)
    }
    assert list(done.values()) == [4, 2]


@pytest.mark.parametrize("missing", ["age", "contributions", "what is up"])
def test_an_account_is_new_without_age_or_without_contributions(
    missing: str,
    author: User,
    as_author: Client,
    moderator: User,
    post: Post,
    set_limit: SetLimit,
    settle: Callable[[User], None],
) -> None:
    set_limit("comments", "4/h, new 1/h")
    was = author.date_joined
    settle(author)
    if missing == "age":
        User.objects.update(date_joined=was)
    elif missing == "contributions":
        author.posts.exclude(pk=post.pk).delete()
    else:
        for each in author.posts.exclude(pk=post.pk):
            contributions.remove(each, moderator=moderator)
    assert [do("comments", as_author, post, turn).status_code for turn in range(2)] == [302, 429]


def test_new_accounts_at_one_address_have_one_end_together(
    make_person: Callable[[str], User], post: Post, set_limit: SetLimit
) -> None:
    set_limit("comments", "new 2/h, address 5/h")
    done = 0
    for number in range(4):
        client = Client()
        client.force_login(
            make_person(f"새얼굴{number}"), "django.contrib.auth.backends.ModelBackend"
        )
        for turn in range(2):
            done += do("comments", client, post, 10 * number + turn).status_code == 302
    assert done == 5


def test_one_person_does_not_use_up_the_limit_of_another(
    as_author: Client, as_stranger: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("comments", "new 2/h, address off")
    for client in (as_author, as_stranger):
        assert [do("comments", client, post, turn).status_code for turn in range(2)] == [302, 302]


def test_a_moderator_has_no_end(as_moderator: Client, post: Post, set_limit: SetLimit) -> None:
    set_limit("comments", "1/h, new 1/h, address 1/h")
    assert {do("comments", as_moderator, post, turn).status_code for turn in range(4)} == {302}


def test_a_moderator_guesses_passwords_no_more_often_than_others(
    as_moderator: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("passwords", "2/h, new 2/h")
    assert [do("passwords", as_moderator, post, turn).status_code for turn in range(3)][-1] == 429


def test_searches_of_people_not_logged_in_are_counted_by_address(
    post: Post, set_limit: SetLimit
) -> None:
    set_limit("searches", "address 2/m")
    asked = [("10.0.0.1", 200), ("10.0.0.1", 200), ("10.0.0.1", 429), ("10.0.0.2", 200)]
    for address, status in asked:
        answer = Client(REMOTE_ADDR=address).get("/search/", {"q": "빵"})
        assert answer.status_code == status
        assert 'value="빵"' in answer.content.decode()


def test_reading_is_not_counted(anonymous: Client, post: Post, set_limit: SetLimit) -> None:
    set_limit("searches", "address 1/h")
    pages = ["/", "/boards/free/", post.get_absolute_url(), "/people/은하/", "/search/", "/market/"]
    for page in [*pages, *pages]:
        assert anonymous.get(page).status_code == 200
    assert not Counter.objects.exists()


@pytest.mark.parametrize("deed", ["posts", "comments", "listings", "reviews"])
def test_the_same_text_is_taken_three_times_and_no_more(
    deed: str, as_author: Client, post: Post
) -> None:
    kinds = {"posts": Post, "comments": Comment, "listings": Listing, "reviews": Review}
    objects = kinds[deed]._default_manager
    before = objects.count()
    answers = [do(deed, as_author, post, 7) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429, 429]
    assert objects.count() == before + 3
    page = answers[-1].content.decode()
    assert "같은 글이 이미 여러 번 올라왔습니다" in page
    assert "7번째로 쓰는 글입니다" in page


@pytest.mark.parametrize("change", ["{}!!", " {}\u200b", "{}\u0301", "ＡＤ {}", "ad{}"])
def test_the_same_text_in_other_clothes_is_the_same(
    change: str, as_author: Client, post: Post
) -> None:
    text = "오늘만 반값 특가입니다. 지금 바로 연락 주세요"
    first = change.format(text)
    second = first.lower().replace("ａｄ", "ad").replace(" ", "")
    answers = [
        as_author.post(f"/posts/{post.pk}/comments/", {"body": body})
        for body in (first, first, first, second)
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 429]


def test_a_short_thank_you_may_be_said_often(as_author: Client, post: Post) -> None:
    for _ in range(8):
        assert (
            as_author.post(f"/posts/{post.pk}/comments/", {"body": "고맙습니다!"}).status_code
            == 302
        )


def test_the_same_text_of_several_new_accounts_is_stopped(
    make_person: Callable[[str], User], post: Post
) -> None:
    statuses = []
    for number in range(5):
        client = Client(REMOTE_ADDR=f"10.0.0.{number}")
        client.force_login(
            make_person(f"새얼굴{number}"), "django.contrib.auth.backends.ModelBackend"
        )
        statuses.append(do("posts", client, post, 7).status_code)
    assert statuses == [302, 302, 302, 429, 429]


def test_a_form_of_another_site_uses_up_nobodys_limit(
    author: User, post: Post, set_limit: SetLimit
) -> None:
    set_limit("comments", "new 1/h")
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(author, "django.contrib.auth.backends.ModelBackend")
    assert do("comments", forged, post, 0).status_code == 403
    assert not Counter.objects.exists()


def test_no_address_and_no_text_can_be_read_from_the_counters(
    as_author: Client, anonymous: Client, post: Post
) -> None:
    do("posts", as_author, post, 1)
    anonymous.get("/search/", {"q": "빵"})
    keys = list(Counter.objects.values_list("key", flat=True))
    assert len(keys) >= 4
    assert all(len(key) == 64 and set(key) <= set("0123456789abcdef") for key in keys)


def test_what_is_over_is_deleted(
    as_author: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 1_800_000_000.0
    monkeypatch.setattr("time.time", lambda: clock)
    do("comments", as_author, post, 0)
    number = Counter.objects.count()
    assert throttling.clear_expired() == 0
    clock += 3601
    assert (throttling.clear_expired(), Counter.objects.count()) == (number, 0)


def test_an_appeal_too_many_is_not_heard(
    as_author: Client, post: Post, set_limit: SetLimit
) -> None:
    set_limit("appeals", "new 1/h")
    do("appeals", as_author, post, 0)
    answer: HttpResponse = do("appeals", as_author, post, 1)
    assert answer.status_code == 429
    assert Appeal.objects.count() <= 1


def test_where_limits_are_off_there_is_no_end(
    settings: Any, as_author: Client, board: Board, post: Post
) -> None:
    settings.MADANG_LIMITS = {}
    assert {do("comments", as_author, post, 7).status_code for _ in range(40)} == {302}

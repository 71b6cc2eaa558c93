"""The language is switched in the foot of any page, whatever it answered, and leads back to it."""

import html
import re
from typing import Any

import pytest
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.market import actions as market

NEXT = re.compile(r'name="next" value="(/[^"]*)">\s*<button class="link" name="language"')


def switch_language(client: Client, answer: Any) -> Any:
    """Press English in the foot of a page that answered."""
    (address,) = NEXT.findall(answer.content.decode())
    return client.post(
        "/language/setlang/", {"language": "en", "next": html.unescape(address)}, follow=True
    )


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/posts/{0}/comments/", "/posts/{0}/"),
        ("/market/{1}/review/", "/market/{1}/"),
        ("/market/{1}/state/", "/"),  # forbidden
        ("/posts/999/comments/", "/"),  # gone
        ("/write/", "/write/"),
        ("/market/write/", "/market/write/"),
    ],
)
def test_the_language_can_be_switched_on_a_page_that_refuses_a_form(
    address: str, leads_to: str, as_stranger: Client, author: User, post: Post
) -> None:
    listing = market.write_listing(
        author=author, kind="gift", title="목도리", body="울", terms="free", price=None
    )
    numbers = (post.pk, listing.pk)
    answer = as_stranger.post(address.format(*numbers), {"body": ""})
    page = switch_language(as_stranger, answer)
    assert page.status_code == 200
    assert page.request["PATH_INFO"] == leads_to.format(*numbers)
    assert 'lang="en"' in page.content.decode()


def test_the_language_can_be_switched_after_a_login_that_failed(anonymous: Client) -> None:
    answer = anonymous.post("/accounts/login/", {"login": "은하", "password": "x"})
    assert switch_language(anonymous, answer).request["PATH_INFO"] == "/accounts/login/"


def test_the_language_of_a_list_is_switched_where_one_is(anonymous: Client, post: Post) -> None:
    page = switch_language(anonymous, anonymous.get("/search/", {"q": "빵", "before": "99"}))
    assert 'value="빵"' in page.content.decode()
    assert "before=99" in page.request["QUERY_STRING"]

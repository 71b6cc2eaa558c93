"""No request ends in an error of ours, whatever stands in its address, fields, cookies and headers.

Each address of the site gets each odd value, in turn as one person and another; a page may refuse,
it may not fail.
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any
from unittest.mock import Mock
from urllib.parse import quote, urlencode

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Comment, Post
from madang.community.boards.page import read_number
from madang.community.market import actions as market
from madang.community.moderation.models import Case
from madang.community.moderation.registry import KINDS
from madang.community.serve.wsgi import application
from madang.community.tags.actions import add_tags

LONG = "a" * 60_000
#: As they stand in an address.
ODD = [
    *("%00", "a%00b", "99999999999999999999", "9223372036854775808", "-1", "0" * 5_000),
    *("%D9%A3", "%ED%A0%80", "%FF%FE", LONG, quote("가" * 20_000), "%F0%9F%99%82", "1%001"),
]
IN_FIELDS = ["%00", "99999999999999999999", "%D9%A3", "%ED%A0%80", "abc", "%2F%2Fevil.example"]
#: What is no address of the site, though it looks like one.
NOWHERE = ["abc", "a b", "boards:front", "?a", "#a", "//evil.example", "http://[", "/\\evil", "\0"]
FIELDS = [
    *("login", "password", "username", "email", "password1", "password2", "oldpassword", "title"),
    *(
        "body",
        "board",
        "kind",
        "terms",
        "price",
        "stars",
        "name",
        "key",
        "action",
        "chosen",
        "post",
    ),
    *("tab", "back", "next", "note", "sentence", "choice", "token", "open", "taken", "removed"),
    *("hide", "hides_advertisements", "language", "remember", "before", "after", "comments"),
    *("page", "q", "opinion", "o", "p", "id", "pk", "code", "_popup", "_to_field", "object_id"),
    "csrfmiddlewaretoken",
]
CHARSETS = [
    *("utf-16", "utf-32", "utf-7", "idna", "punycode", "base64", "hex", "zlib", "rot13"),
    *("undefined", "unicode_escape", "raw_unicode_escape", "utf-8-sig", "cp949", "latin-1"),
    *("nonsense", "mbcs"),
]
HEADERS = [
    *("User-Agent", "Referer", "Accept", "Accept-Language", "X-Forwarded-For", "HX-Request"),
    *("HX-Current-URL", "If-Modified-Since", "If-None-Match", "Range"),
]
#: Django's own pages for what the operator never edits there, and for what never asks a database.
_LEFT_OUT = re.compile("^admin/(axes|account/|django_tasks|auth/|accounts/user/<|.*history)")


@pytest.fixture(autouse=True)
def _without_limits(settings: Any) -> None:
    """Nobody is refused for asking too often: what a page makes of it is looked at."""
    settings.MADANG_LIMITS = {}


def addresses(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Yield each address of the site, with <name> where it takes a value."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        text = str(each.pattern)
        if not isinstance(each.pattern, RoutePattern):
            text = simplify_regex(text).removeprefix("/")
        if isinstance(each, URLResolver):
            yield from addresses(each.url_patterns, before + text)
        elif isinstance(each, URLPattern) and not _LEFT_OUT.match(before + text):
            yield before + re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", text)


ADDRESSES = sorted(set(addresses()))


@pytest.fixture
def places(database: str, post: Post, author: User, stranger: User) -> dict[str, str]:
    """What stands in an address that leads somewhere."""
    comment = actions.write_comment(post, author=stranger, body="댓글")
    fields = {"kind": "gift", "title": "빵", "body": "빵", "terms": "free", "price": None}
    listing = market.write_listing(author=author, **fields)
    review = market.write_review(listing, author=stranger, stars=5, body="좋다")
    add_tags(post, ["빵"])
    return {
        "post_id": str(post.pk),
        "comment_id": str(comment.pk),
        "listing_id": str(listing.pk),
        "review_id": str(review.pk),
        "slug": "free",
        "username": quote("은하"),
        "key": quote("빵"),
        "object_id": str(post.board_id),
    }


@pytest.fixture
def browsers(
    places: dict[str, str], author: User, moderator: User, password: str
) -> Iterator[Client]:
    """The browsers of a visitor, an author, a moderator and the operator, in turn."""
    operator = User.objects.create_superuser("주인", password=password)
    clients = [Client(raise_request_exception=False) for _ in range(4)]
    for client, person in zip(clients[1:], (author, moderator, operator), strict=True):
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return cycle(clients)


def at(address: str, places: dict[str, str], value: str | None = None) -> str:
    """Write an address: with *value* wherever it takes one, else with what leads somewhere."""
    return "/" + re.sub("<([^>]+)>", lambda name: value or places.get(name.group(1), "1"), address)


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is done meanwhile: a page that deletes must not spare the others the rest."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_no_odd_value_in_an_address_is_an_error(
    places: dict[str, str], browsers: Iterator[Client]
) -> None:
    failed = []
    for address in (each for each in ADDRESSES if "<" in each):
        for value in ODD:
            path = at(address, places, value)
            with undone():
                statuses = (
                    next(browsers).get(path).status_code,
                    next(browsers).post(path).status_code,
                )
            failed += [(address, value[:20], status) for status in statuses if status >= 500]
    assert failed == []


def test_no_odd_value_in_a_field_is_an_error(
    places: dict[str, str], browsers: Iterator[Client]
) -> None:
    failed = []
    for address in ADDRESSES:
        path = at(address, places)
        for value in IN_FIELDS:
            fields = "&".join(f"{name}={value}" for name in FIELDS)
            with undone():
                asked = next(browsers).get(path, QUERY_STRING=fields)
                sent = next(browsers).post(path, fields, content_type=FORM)
            failed += [(address, value) for each in (asked, sent) if each.status_code >= 500]
    assert failed == []


def test_no_long_field_is_an_error(places: dict[str, str], browsers: Iterator[Client]) -> None:
    failed = []
    for address in ADDRESSES:
        path = at(address, places)
        for names in (FIELDS[::3], FIELDS[1::3], FIELDS[2::3]):
            with undone():
                status = next(browsers).post(path, dict.fromkeys(names, LONG)).status_code
            failed += [(address, names, status)] if status >= 500 else []
    assert failed == []


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("value", NOWHERE)
@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/accounts/login/", {"login": "은하", "password": "마당에서-만나요-7"}),
        ("/accounts/logout/", {}),
        ("/accounts/signup/", {"username": "새 사람", "password1": "마당-7-x", "password2": "m"}),
        ("/language/setlang/", {"language": "en"}),
        ("/recommendations/consent/", {"choice": "agreed"}),
        ("/moderation/decide/", {"action": "confirm", "post": "٣"}),
        ("/moderation/speech/decide/", {"action": "confirm"}),
        ("/admin/login/", {"username": "주인", "password": "마당에서-만나요-7"}),
    ],
)
def test_nobody_is_led_to_what_is_no_address_of_the_site(
    value: str, path: str, fields: dict[str, str], browsers: Iterator[Client]
) -> None:
    for place in ("next", "back"):
        for _ in range(3):
            client = next(browsers)
            answer = client.post(path, {**fields, place: value})
            assert answer.status_code < 500
            assert answer.headers.get("Location", "/").startswith("/")
            assert not answer.headers.get("Location", "/").startswith(("//", "/\\"))
            assert client.get(path, {place: value}).status_code < 500


@pytest.mark.parametrize("charset", CHARSETS)
def test_a_form_in_another_encoding_is_refused_and_never_an_error(
    charset: str, places: dict[str, str], browsers: Iterator[Client]
) -> None:
    fields = urlencode({"title": "제목", "body": "본문", "login": "은하", "next": "/"})
    parts = (
        '--x\r\nContent-Disposition: form-data; name="title"\r\n'
        f"Content-Type: text/plain; charset={charset}\r\n\r\n제목\r\n"
        f"--x\r\nContent-Disposition: form-data; name*={charset}''%41%00\r\n\r\n본문\r\n--x--\r\n"
    )
    for path in (f"/posts/{places['post_id']}/comments/", "/write/", "/accounts/login/"):
        for _ in range(4):
            client = next(browsers)
            answer = client.generic("POST", path, fields, content_type=f"{FORM}; charset={charset}")
            assert answer.status_code == 415
            assert "UTF-8" in answer.content.decode()
            kind = f"multipart/form-data; boundary=x; charset={charset}"
            assert client.generic("POST", path, parts, content_type=kind).status_code == 415
            # Without one for all of it, a part's own says nothing: it is read as UTF-8.
            kind = "multipart/form-data; boundary=x"
            assert client.generic("POST", path, parts, content_type=kind).status_code < 500
            assert client.get(path, CONTENT_TYPE=f"x/y; charset={charset}").status_code < 500
    assert not Comment.objects.filter(body="본문").exists()


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf8"', "us-ascii"])
def test_a_form_in_the_sites_encoding_is_taken(
    charset: str, as_stranger: Client, post: Post
) -> None:
    kind = f"{FORM}; charset={charset}"
    path = f"/posts/{post.pk}/comments/"
    answer = as_stranger.generic("POST", path, urlencode({"body": "부드럽네요"}), content_type=kind)
    assert answer.status_code == 302
    assert Comment.objects.get().body == "부드럽네요"


@pytest.mark.parametrize(
    "kind", [f"{FORM}; charset*=x''%41", "a/b; charset*=utf-8''%00", ";", "\xff;="]
)
def test_a_content_type_that_can_not_be_read_is_no_error(kind: str, db: None) -> None:
    for method in ("GET", "POST"):
        made = RequestFactory().generic(method, "/", b"a=1")
        environ = {**made.environ, "CONTENT_TYPE": kind, "wsgi.input": io.BytesIO(b"a=1")}
        start_response = Mock()
        application(environ, start_response)
        status, _ = start_response.call_args.args
        assert int(status[:3]) < 500


@pytest.mark.parametrize("name", ["sessionid", "csrftoken", "messages", "django_language"])
@pytest.mark.parametrize(
    "value", [r'"\000\000\000\000\000\000\000\000\000"', LONG, '"\\355\\240\\200"']
)
def test_no_cookie_is_an_error(
    name: str, value: str, places: dict[str, str], browsers: Iterator[Client]
) -> None:
    for _ in range(4):
        client = next(browsers)
        assert client.get("/write/", HTTP_COOKIE=f"{name}={value}").status_code < 500
        answer = Client(raise_request_exception=False).post(
            "/accounts/login/", {"login": "은하", "password": "x"}, HTTP_COOKIE=f"{name}={value}"
        )
        assert answer.status_code < 500


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_is_an_error(header: str, database: str, anonymous: Client, author: User) -> None:
    anonymous.raise_request_exception = False
    login = {"login": "은하", "password": "falsch"}
    for value in ("a\0b", LONG, "\udcff", "٣", "http://["):
        for path in ("/static/community/site.css", "/static/%00"):
            answer = anonymous.get(path, headers={header: value})
            assert (answer.getvalue(), answer.status_code < 500)[1], value
        answer = anonymous.post("/accounts/login/", login, headers={header: value})
        assert answer.status_code < 500, value


@pytest.mark.parametrize("name", [LONG, "가" * 60_000, "ß" * 200, "\0은하", "ΐ" * 150])
def test_no_name_is_too_long_to_be_refused(
    name: str, database: str, anonymous: Client, moderator: User
) -> None:
    anonymous.raise_request_exception = False
    for path, field in (("/accounts/login/", "login"), ("/admin/login/", "username")):
        assert anonymous.post(path, {field: name, "password": "x"}).status_code < 500
    fields = {"username": name, "password1": "마당에서-만나요-7", "password2": "마당에서-만나요-7"}
    assert anonymous.post("/accounts/signup/", fields).status_code < 500
    assert anonymous.post("/accounts/password/reset/", {"email": f"{name}@a.kr"}).status_code < 500
    assert anonymous.get(f"/people/{quote(name)}/").status_code < 500


@pytest.mark.parametrize("typed", ["٣", "३", "１", "²", "1٣", " 1", "+1", "1_0", "", "9" * 30])
def test_only_the_digits_that_the_site_writes_are_a_number(typed: str) -> None:
    assert read_number(typed) is None


def test_a_chosen_text_is_found_by_the_digits_that_the_site_writes(db: None) -> None:
    for kind in KINDS.values():
        for key in ("٣:a:0", "99999999999999999999:a:0", ":", "\0:a:0", "²:"):
            assert Case.find(kind, key) is None


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "X"])
def test_no_method_is_an_error(
    method: str, places: dict[str, str], browsers: Iterator[Client]
) -> None:
    for address in ADDRESSES:
        path = at(address, places)
        with undone():
            answer = next(browsers).generic(method, path, b"title=1", content_type=FORM)
        assert answer.status_code < 500, address

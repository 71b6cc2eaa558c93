"""What is larger than its form allows is answered by a page, before anybody reads it."""

import ast
import html
import inspect
import io
import textwrap
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.forms import BaseForm
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from madang.community.boards.forms import MAX_BODY, MAX_TITLE, PostForm
from madang.community.boards.models import Board, Post
from madang.community.site.body_limit import BodyLimitMiddleware, bytes_for, letters_of

KB = 1024
FORM = "application/x-www-form-urlencoded"


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every address of the site with its view."""
    for each in resolver.url_patterns:
        address = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield address, each.callback
        else:
            yield from patterns(each, address)


VIEWS = [pytest.param(view, id=address) for address, view in patterns(get_resolver())]


def refuse(view: Callable[..., Any], num_bytes: int) -> HttpResponse | None:
    """Ask the middleware about a request to a view."""
    request = RequestFactory().post("/", CONTENT_LENGTH=str(num_bytes))
    request.user = AnonymousUser()
    middleware = BodyLimitMiddleware(lambda _: HttpResponse())
    return middleware.process_view(request, view, (), {})


@pytest.mark.django_db
@pytest.mark.parametrize("view", VIEWS)
def test_every_address_takes_what_its_forms_allow_and_no_more(view: Callable[..., Any]) -> None:
    limit = 12 * letters_of(view) + 64 * KB
    assert refuse(view, limit) is None
    refused = refuse(view, limit + 1)
    assert refused is not None
    assert refused.status_code == 413
    assert "보내신 내용이 너무 깁니다" in refused.content.decode()
    assert limit <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE < 400 * KB


@pytest.mark.parametrize("view", VIEWS)
def test_every_form_that_a_view_reads_counts_for_its_limit(view: Callable[..., Any]) -> None:
    assert forms_read_in(view) <= {*getattr(view, "forms", ())}


def forms_read_in(
    function: Callable[..., Any], known: set[Any] | None = None
) -> set[type[BaseForm]]:
    """Return the forms that a function of the site fills from a request, or has filled for it."""
    known = set() if known is None else known
    function = inspect.unwrap(function)
    module = getattr(function, "__module__", None) or ""
    if function in known or not inspect.isfunction(function) or "madang" not in module:
        return set()
    known.add(function)
    found: set[type[BaseForm]] = set()
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    # A form that is given to a function is filled there; one that a decorator names is not.
    said = {id(node) for each in decorators_of(tree) for node in ast.walk(each)}
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and id(node) not in said)
    handed_on = {id(each) for call in calls for each in call.args}
    for node in ast.walk(tree):
        own = {*function.__code__.co_varnames, *function.__code__.co_cellvars}
        for called in meant(node, {**function.__globals__, **dict.fromkeys(own)}):
            if isinstance(called, type) and issubclass(called, BaseForm):
                is_filled = isinstance(node, ast.Call) and ".POST" in ast.unparse(node)
                is_filled |= id(node) in handed_on
                fields = getattr(called, "base_fields", {}).values()
                has_letters = any(hasattr(each, "max_letters") for each in fields)
                found |= {called} if is_filled and has_letters else set()
            elif callable(called):
                found |= forms_read_in(called, known)
    return found


def decorators_of(tree: ast.AST) -> list[ast.expr]:
    return [each for node in ast.walk(tree) for each in getattr(node, "decorator_list", ())]


def meant(node: ast.AST, names: dict[str, Any]) -> Iterator[Any]:
    """Yield what a call, or a name that is handed on, stands for."""
    called = node.func if isinstance(node, ast.Call) else node
    if isinstance(called, ast.Name):
        yield names.get(called.id)
    elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
        yield getattr(names.get(called.value.id), called.attr, None)


def test_the_search_for_forms_finds_those_behind_another_function() -> None:
    found = {each.__name__ for _, view in patterns(get_resolver()) for each in forms_read_in(view)}
    assert found >= {"PostForm", "CommentForm", "ListingForm", "ReviewForm", "HintForm"}
    assert found >= {"AppealForm", "DecisionForm"}


class Unread(io.BytesIO):
    """A body that nobody may read."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("kind", [FORM, "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/boards/free/write/", "20,100자"),
        ("/posts/{0}/edit/", "20,100자"),
        ("/posts/{0}/comments/", "2,000자"),
        ("/market/write/", "20,100자"),
        ("/admin/login/", ""),
        ("/accounts/login/", ""),
        ("/accounts/signup/", "자까지"),
        ("/language/setlang/", ""),
        ("/", ""),
    ],
)
def test_a_body_that_is_too_large_is_not_read(
    path: str, named: str, kind: str, as_author: Client, post: Post
) -> None:
    answer = as_author.generic(
        "POST",
        path.format(post.pk),
        b"",
        kind,
        CONTENT_LENGTH="9900000",
        **{"wsgi.input": Unread()},
    )
    page = answer.content.decode()
    assert answer.status_code == 413
    assert named in page
    assert "‘뒤로’" in page


def test_the_page_speaks_english_to_who_reads_english(as_author: Client, board: Board) -> None:
    as_author.cookies["django_language"] = "en"
    answer = as_author.post("/boards/free/write/", CONTENT_LENGTH="9900000")
    page = html.unescape(answer.content.decode())
    assert "This form takes up to 20,100 letters in all, so what you sent was not read." in page
    assert "what you wrote is still there" in page


def test_a_form_full_of_emoji_is_written_whole(as_author: Client, board: Board) -> None:
    fields = {"board": board.pk, "title": "🙂" * MAX_TITLE, "body": "🙂" * MAX_BODY}
    body = urlencode(fields)
    assert len(body) > 12 * MAX_BODY
    answer = as_author.post("/boards/free/write/", body, content_type=FORM)
    assert answer.status_code == 302
    assert Post.objects.get().body == fields["body"]


def test_a_form_somewhat_too_long_is_given_back_with_what_to_do(
    as_author: Client, board: Board
) -> None:
    fields = {"board": board.pk, "title": "제목", "body": "가" * 25_000}
    answer = as_author.post("/boards/free/write/", urlencode(fields), content_type=FORM)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "5,000자를 줄이거나" in page
    assert fields["body"] in page


@pytest.mark.parametrize("length", ["", "-1", "x", "9" * 5000, "١٢"])
def test_a_length_that_is_none_is_no_error(length: str, as_author: Client, board: Board) -> None:
    answer = as_author.generic("POST", "/boards/free/write/", b"", FORM, CONTENT_LENGTH=length)
    assert answer.status_code in (200, 413)


def test_the_letters_of_a_form_are_those_of_its_fields() -> None:
    view = next(view for address, view in patterns(get_resolver()) if address == "write/")
    assert letters_of(view) == MAX_TITLE + MAX_BODY
    assert bytes_for(0) == 64 * KB
    assert PostForm in vars(view)["forms"]

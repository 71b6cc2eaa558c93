"""No form of the site is without a limit: each that takes one is found by sending it one."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from madang.community.accounts.models import User
from madang.community.boards.models import Post
from madang.community.site.rate import DEFAULTS
from madang.community.throttling.limit import OTHER
from madang.community.throttling.middleware import MARKS, mark_of

ARGUMENTS: dict[str, Any] = {
    **{"slug": "free", "username": "은하", "key": "abc", "uidb36": "1", "object_id": "1"},
    **{"content_type_id": 1, "app_label": "auth", "url": "x"},
}


def named(patterns: list[Any], space: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            yield from named(each.url_patterns, inner)
        else:
            yield f"{space}{each.name}", each


PAGES = dict(named(get_resolver().url_patterns))


def address_of(name: str, pattern: URLPattern) -> str:
    converters = pattern.pattern.converters
    keys = (
        converters or getattr(pattern.pattern, "regex", SimpleNamespace(groupindex={})).groupindex
    )
    chosen = {key: ARGUMENTS.get(key, 1) for key in keys}
    return reverse(name, kwargs=chosen) if pattern.name else "/admin/no-such-page/"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_each_page_that_takes_a_form_names_its_limit(
    name: str, as_moderator: Client, post: Post
) -> None:
    address = address_of(name, PAGES[name])
    User.objects.filter(username="지기").update(is_staff=True, is_superuser=True)
    as_moderator.raise_request_exception = False
    if as_moderator.post(address).status_code == 405:
        return
    mark = mark_of(resolve(address))
    assert mark is not None, f"{name} takes a form: put @limited(…) on its view"
    if mark.action is None:
        assert mark.reason, f"{name} says not why it needs no limit"
    else:
        assert mark.action in DEFAULTS, f"{name}: {mark.action} is no action"


def test_the_walk_finds_the_forms_of_each_app() -> None:
    assert {"boards:write", "market:review", "admin:login", "account_signup"} <= set(PAGES)
    assert len(PAGES) > 60


def test_a_form_whose_view_names_nothing_counts_as_others_do(
    as_author: Client, set_limit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_limit(OTHER, "new 2/h")
    for name in list(MARKS):
        monkeypatch.delitem(MARKS, name)
    statuses = [as_author.post("/accounts/settings/").status_code for _ in range(3)]
    assert statuses == [200, 200, 429]

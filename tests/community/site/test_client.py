"""Whose request it is: behind proxies each person counts for themselves, and nobody can lie."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client, RequestFactory

from madang.community.accounts.models import User
from madang.community.site import client

PROXY = "10.0.0.9"


@pytest.fixture(autouse=True)
def _warn_anew() -> Iterator[None]:
    client._warn_of_proxy.cache_clear()
    yield
    client._warn_of_proxy.cache_clear()


def address(peer: str, forwarded: str | None = None) -> str:
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client.client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "6.6.6.6", PROXY),
        (0, None, PROXY),
        (1, None, PROXY),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6,1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.8", "1.2.3.4"),
        (2, "1.2.3.4", "1.2.3.4"),  # past the first proxy, by the second alone
        (1, "1.2.3.4:5678", "1.2.3.4"),
        (1, "[2001:db8:1:2:3::4]:5678", "2001:db8:1:2::"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::"),
        (1, "::ffff:1.2.3.4", "1.2.3.4"),
        (1, "unknown", PROXY),
        (1, "1.2.3.4, <script>", PROXY),
        (1, "1" * 100_000, PROXY),
        (1, "", PROXY),
    ],
)
def test_the_address_is_the_one_that_the_trusted_proxies_saw(
    proxies: int, forwarded: str | None, expected: str, settings: Any
) -> None:
    settings.MADANG_PROXIES = proxies
    assert address(PROXY, forwarded) == expected


def test_all_addresses_of_one_ipv6_network_are_one() -> None:
    assert address("2001:db8:1:2::1") == address("2001:db8:1:2:ffff::9")
    assert address("2001:db8:1:2::1") != address("2001:db8:1:3::1")


def test_without_an_address_there_is_still_one_to_count_by() -> None:
    assert address("") == client.UNKNOWN


def test_an_untold_proxy_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for peer in ("127.0.0.1", "10.0.0.9", "127.0.0.1"):
            address(peer, "1.2.3.4")
    assert [bool(re.search("Set MADANG_PROXIES", each)) for each in caplog.messages] == [True]


@pytest.mark.parametrize(("peer", "forwarded"), [("8.8.8.8", "1.2.3.4"), ("127.0.0.1", None)])
def test_a_stranger_with_the_header_and_a_neighbour_without_it_are_no_proxies(
    peer: str, forwarded: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    address(peer, forwarded)
    assert caplog.messages == []


def fail(name: str, forwarded: str = "", peer: str = PROXY) -> int:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    browser = Client(REMOTE_ADDR=peer, **headers)
    return browser.post("/accounts/login/", {"login": name, "password": "아니다"}).status_code


def log_in(name: str, password: str, forwarded: str = "", peer: str = PROXY) -> int:
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    browser = Client(REMOTE_ADDR=peer, **headers)
    return browser.post("/accounts/login/", {"login": name, "password": password}).status_code


def test_thirty_log_ins_a_minute_lock_out_nobody_else_at_the_address(
    author: User, stranger: User, password: str
) -> None:
    for number in range(30):
        fail(f"아무개{number}")
    assert log_in("나그네", password) == 302


def test_behind_a_proxy_one_guesser_locks_out_nobody(
    author: User, password: str, settings: Any
) -> None:
    settings.MADANG_PROXIES = 1
    statuses = [fail(f"아무개{number}", "6.6.6.6") for number in range(61)]
    assert statuses[-1] == 429
    for _ in range(10):
        fail("은하", "6.6.6.6")
    assert log_in("은하", password, "1.2.3.4") == 302
    addresses = set(AccessAttempt.objects.values_list("ip_address", flat=True))
    assert addresses == {"6.6.6.6"}


@pytest.mark.parametrize("proxies", [0, 1])
def test_a_forged_header_gives_no_further_guesses(
    proxies: int, author: User, password: str, settings: Any
) -> None:
    settings.MADANG_PROXIES = proxies
    for number in range(10):
        real = ", 1.2.3.4" if proxies else ""
        fail("은하", f"6.6.6.{number}{real}")
    assert log_in("은하", password, f"7.7.7.7{', 1.2.3.4' if proxies else ''}") == 429


def test_a_network_of_ipv6_addresses_gives_no_further_guesses(author: User, password: str) -> None:
    for number in range(10):
        fail("은하", peer=f"2001:db8:1:2::{number:x}")
    assert log_in("은하", password, peer="2001:db8:1:2:9::1") == 429
    assert log_in("은하", password, peer="2001:db8:1:3::1") == 302


def test_who_logged_in_before_from_a_browser_is_not_locked_out_by_others_at_the_address(
    author: User, stranger: User, password: str
) -> None:
    known = Client(REMOTE_ADDR=PROXY)
    known.post("/accounts/login/", {"login": "은하", "password": password})
    known.post("/accounts/logout/")
    for number in range(70):
        fail(f"아무개{number}")
    assert log_in("나그네", password) == 429
    answer = known.post("/accounts/login/", {"login": "은하", "password": password})
    assert answer.status_code == 302


def test_a_forged_browser_is_not_known(author: User, password: str) -> None:
    known = Client(REMOTE_ADDR=PROXY)
    for number in range(61):
        known.cookies["known_browser"] = f"{number}:1:forged"
        fields = {"login": f"아무개{number}", "password": "아니다"}
        last = known.post("/accounts/login/", fields)
    assert last.status_code == 429


def test_a_known_browser_guesses_no_more_often_than_another(author: User, password: str) -> None:
    known = Client(REMOTE_ADDR=PROXY)
    known.post("/accounts/login/", {"login": "은하", "password": password})
    known.post("/accounts/logout/")
    statuses = [
        known.post("/accounts/login/", {"login": f"아무개{number}", "password": "아니다"})
        for number in range(25)
    ]
    assert [each.status_code for each in statuses][-1] == 429


def test_a_locked_name_is_told_when_to_try_again(author: User, password: str) -> None:
    for _ in range(10):
        fail("은하")
    browser = Client(REMOTE_ADDR=PROXY)
    answer = browser.post("/accounts/login/", {"login": "은하", "password": password})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")


@pytest.mark.parametrize("page", ["/accounts/login/", "/admin/login/"])
def test_each_page_that_takes_a_password_has_an_end(page: str, db: None) -> None:
    statuses = [
        Client().post(page, {"login": f"{n}", "username": f"{n}", "password": "x"}).status_code
        for n in range(61)
    ]
    assert (set(statuses[:60]), statuses[60]) == ({200}, 429)

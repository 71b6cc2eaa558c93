"""No page says which e-mail addresses are known; who reads the mail of one is told."""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from madang.community.accounts.models import User

KNOWN, UNKNOWN = "eunha@example.org", "nobody@example.org"


@pytest.fixture(autouse=True)
def _known(author: User) -> None:
    author.email = KNOWN
    author.save()


def sign_up(email: str, name: str, password: str, **other: str) -> tuple[int, list[str]]:
    fields = {"username": name, "email": email, "password1": password, "password2": password}
    answer = Client().post("/accounts/signup/", {**fields, **other}, follow=True)
    return answer.status_code, _alike(answer.content.decode(), email, name)


def ask_for_mail(email: str, name: str, password: str) -> tuple[int, list[str]]:
    answer = Client().post("/accounts/password/reset/", {"email": email}, follow=True)
    return answer.status_code, _alike(answer.content.decode(), email, name)


def add_address(email: str, name: str, password: str) -> tuple[int, list[str]]:
    client = Client()
    client.force_login(
        User.objects.get_or_create(username=name)[0], "django.contrib.auth.backends.ModelBackend"
    )
    answer = client.post("/accounts/email/", {"action_add": "", "email": email}, follow=True)
    return answer.status_code, _alike(answer.content.decode(), email, name)


def _alike(page: str, email: str, name: str) -> list[str]:
    page = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"\w+"', "", page)
    page = page.replace(quote(name), "NAME").replace(name, "NAME").replace(email, "EMAIL")
    return page.splitlines()


@pytest.mark.parametrize("act", [sign_up, ask_for_mail, add_address])
def test_known_and_unknown_addresses_get_the_same_page_and_one_mail_each(
    act: Callable[..., tuple[int, list[str]]], password: str
) -> None:
    known, unknown = act(KNOWN, "가가가", password), act(UNKNOWN, "나나나", password)
    assert known == unknown
    assert [message.to for message in mail.outbox] == [[KNOWN], [UNKNOWN]]


@pytest.mark.parametrize("act", [sign_up, ask_for_mail])
def test_known_and_unknown_addresses_take_about_the_same_work(
    act: Callable[..., tuple[int, list[str]]], password: str
) -> None:
    act("first@example.org", "다다다", password)
    counts = []
    for email, name in ((KNOWN, "가가가"), (UNKNOWN, "나나나")):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            act(email, name, password)
        counts.append(len(queries))
    # Of a mail's making, which both have; a question is some 0.1 ms.
    assert abs(counts[0] - counts[1]) <= 8


@pytest.mark.parametrize("wrong", [{"username": "은하"}, {"password2": "다르다"}])
def test_a_form_that_is_refused_for_something_else_does_not_tell_either(
    wrong: dict[str, str], password: str
) -> None:
    known = sign_up(KNOWN, "가가가", password, **wrong)
    unknown = sign_up(UNKNOWN, "나나나", password, **wrong)
    assert known == unknown
    assert mail.outbox == []


def test_the_owner_of_a_known_address_is_told_of_the_new_account_and_the_old(
    password: str, author: User
) -> None:
    sign_up(KNOWN, "가가가", password)
    text = mail.outbox[0].body
    assert "‘가가가’" in text
    assert "  은하\n" in text
    assert "/accounts/password/reset/" in text
    author.refresh_from_db()
    assert author.check_password(password)


def test_the_owner_of_an_unknown_address_is_told_of_no_other(password: str) -> None:
    sign_up(UNKNOWN, "나나나", password)
    assert "‘나나나’" in mail.outbox[0].body
    assert "은하" not in mail.outbox[0].body


def test_who_named_anothers_address_gets_no_hold_of_the_others_account(
    password: str, author: User
) -> None:
    sign_up(KNOWN, "가가가", "남의-비밀번호-9")
    mail.outbox.clear()
    ask_for_mail(KNOWN, "", "")
    assert {address for message in mail.outbox for address in message.to} == {KNOWN}
    assert any("은하" in message.body for message in mail.outbox)


def test_a_mail_server_that_is_away_keeps_nobody_from_signing_up(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(mail.EmailMultiAlternatives, "send", fail)
    assert sign_up(UNKNOWN, "나나나", password)[0] == 200
    assert User.objects.filter(username="나나나").exists()


@pytest.mark.parametrize("email", [KNOWN, UNKNOWN])
@pytest.mark.parametrize("act", [sign_up, ask_for_mail])
def test_nobody_can_have_one_address_flooded_with_mails(
    act: Callable[..., tuple[int, list[str]]], email: str, password: str
) -> None:
    statuses = [act(email, f"가나다{number}", password)[0] for number in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    assert [message.to for message in mail.outbox] == [[email]] * 10

"""People sign up, log in and out, and get back in when the password is forgotten."""

import re

import pytest
from django.core import mail
from django.test import Client

from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User


def log_in(client: Client, name: str, password: str, **extra: str) -> int:
    fields = {"login": name, "password": password, **extra}
    return client.post("/accounts/login/", fields).status_code


def sign_up(client: Client, name: str, password: str, email: str = "") -> str:
    fields = {"username": name, "email": email, "password1": password, "password2": password}
    return client.post("/accounts/signup/", fields, follow=True).content.decode()


def test_a_person_signs_up_with_a_korean_name_and_is_logged_in(
    anonymous: Client, password: str
) -> None:
    page = sign_up(anonymous, "봄봄", password)
    assert "로그아웃" in page
    assert User.objects.get().username == "봄봄"


@pytest.mark.parametrize(
    ("name", "secret", "said"),
    [
        ("은하", "마당에서-만나요-7", "이미"),
        ("봄봄", "12345678", "숫자로만"),
        ("봄봄", "짧다", "8"),
        ("<script>", "마당에서-만나요-7", "유효한"),
        ("", "마당에서-만나요-7", "필수"),
        # the same name to the eye, or none at all
        ("\u110b\u1173\u11ab\u1112\u1161", "마당에서-만나요-7", "이미"),
        ("은하\u3164", "마당에서-만나요-7", "유효한"),
        ("\uffa0\u3164", "마당에서-만나요-7", "유효한"),
        # a page that a browser would look for elsewhere
        ("..", "마당에서-만나요-7", "유효한"),
        # eighteen letters that become 324
        ("\ufdfa" * 18, "마당에서-만나요-7", "유효한"),
    ],
)
def test_a_sign_up_that_cannot_be_says_why(
    name: str, secret: str, said: str, anonymous: Client, author: User
) -> None:
    page = sign_up(anonymous, name, secret)
    assert said in page.split('class="entrance"')[1]
    assert User.objects.count() == 1


def test_a_person_logs_in_and_out(anonymous: Client, author: User, password: str) -> None:
    assert log_in(anonymous, "은하", password) == 302
    assert "로그아웃" in anonymous.get("/").content.decode()
    anonymous.post("/accounts/logout/")
    assert "로그인" in anonymous.get("/").content.decode()


def test_a_name_typed_decomposed_is_the_same_name(
    anonymous: Client, author: User, password: str
) -> None:
    assert log_in(anonymous, "\u110b\u1173\u11ab\u1112\u1161", password) == 302


def test_a_log_out_by_a_mere_link_does_nothing(as_author: Client) -> None:
    as_author.get("/accounts/logout/")
    assert "로그아웃" in as_author.get("/").content.decode()


def test_a_wrong_password_is_refused_and_the_name_stays(anonymous: Client, author: User) -> None:
    page = anonymous.post("/accounts/login/", {"login": "은하", "password": "아니다"})
    assert 'value="은하"' in page.content.decode()
    assert "_auth_user_id" not in anonymous.session


def test_guessing_passwords_is_stopped_and_the_page_says_for_how_long(
    anonymous: Client, author: User, password: str
) -> None:
    for _ in range(10):
        log_in(anonymous, "은하", "아니다")
    answer = anonymous.post("/accounts/login/", {"login": "은하", "password": password})
    assert answer.status_code in (403, 429)
    assert "15분 동안" in answer.content.decode()
    assert "_auth_user_id" not in anonymous.session


def test_guessing_one_name_does_not_lock_another(
    anonymous: Client, author: User, stranger: User, password: str
) -> None:
    for _ in range(10):
        log_in(anonymous, "은하", "아니다")
    assert log_in(anonymous, "나그네", password) == 302


def test_a_forgotten_password_is_set_anew_by_mail(
    anonymous: Client, author: User, password: str
) -> None:
    User.objects.update(email="eunha@example.org")
    anonymous.post("/accounts/password/reset/", {"email": "eunha@example.org"})
    link = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body)
    assert link is not None
    form = anonymous.get(link.group(1), follow=True)
    new = "새로운-비밀번호-8"
    anonymous.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert log_in(Client(), "은하", password) == 200
    assert log_in(Client(), "은하", new) == 302


def test_asking_for_a_mail_does_not_tell_who_is_here(anonymous: Client, author: User) -> None:
    User.objects.update(email="eunha@example.org")
    pages = [
        anonymous.post("/accounts/password/reset/", {"email": email}, follow=True).content
        for email in ("eunha@example.org", "nobody@example.org")
    ]
    strip = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
    assert strip.sub(b"", pages[0]) == strip.sub(b"", pages[1])


def test_a_login_leads_to_no_other_site(anonymous: Client, author: User, password: str) -> None:
    fields = {"login": "은하", "password": password, "next": "https://example.org/"}
    assert anonymous.post("/accounts/login/", fields)["Location"] == "/"


def test_the_settings_keep_what_was_chosen(as_author: Client, author: User) -> None:
    as_author.post("/accounts/settings/", {"hides_advertisements": "on", "is_superuser": "on"})
    author.refresh_from_db()
    assert (author.hides_advertisements, author.is_superuser) == (True, False)
    assert "checked" in as_author.get("/accounts/settings/").content.decode()


def test_a_moderator_is_appointed_and_dismissed(author: User) -> None:
    assert not author.is_moderator
    appoint_moderator(author)
    assert author.is_moderator
    author.groups.clear()  # as the operator does in Django's administration
    assert not User.objects.get(pk=author.pk).is_moderator


@pytest.mark.parametrize(
    "path", ["login", "signup", "password/reset", "password/change", "logout", "settings"]
)
def test_each_account_page_opens(path: str, as_author: Client, author: User) -> None:
    answer = as_author.get(f"/accounts/{path}/", follow=True)
    assert answer.status_code == 200
    assert "마당" in answer.content.decode()

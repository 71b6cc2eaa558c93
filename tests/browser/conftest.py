"""Real people in a real Chromium, with scripts and without.

The site runs with the model that ships. A page that logs an error, breaks the content security
policy or asks another host for anything fails its test.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from madang.community.accounts.actions import appoint_moderator
from madang.community.accounts.models import User
from madang.community.boards.models import Board
from madang.community.inference import circuit_breaker, prediction

# Playwright's loop runs in the test's thread, where Django then suspects asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1120, "height": 800}, {"width": 390, "height": 844}

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium once; where there is none, fail and say how to get it."""
    path = os.environ.get("MADANG_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), "")
    if not path:
        pytest.fail(
            f"The browser tests need Chromium; none of {', '.join(CHROMIUM)} is on the PATH. "
            "Debian and Ubuntu: apt-get install chromium. Elsewhere: install it and name its "
            "program in MADANG_CHROMIUM."
        )
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        except Error as error:
            pytest.fail(f"{path} does not start: {error.message}. Install Chromium anew.")
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _fresh_door() -> Iterator[None]:
    """Let the site load its model anew, and wait for it as long as a busy machine needs."""
    prediction.forget()
    yield
    prediction.forget()


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Nobody here guards a secret: hash passwords quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the model time on a machine that also runs everything else."""
    monkeypatch.setattr(circuit_breaker, "TIMEOUT_SECONDS", 30.0)
    monkeypatch.setattr(circuit_breaker, "LOADING_SECONDS", 30.0)


@pytest.fixture
def person(transactional_db: None) -> Callable[[str], User]:
    """Make a person by name."""
    return User.objects.create_user


@pytest.fixture
def author(person: Callable[[str], User]) -> User:
    """Somebody who writes."""
    return person("은하")


@pytest.fixture
def moderator(person: Callable[[str], User]) -> User:
    """A member of the moderators."""
    user = person("지기")
    appoint_moderator(user)
    return user


@pytest.fixture
def board(transactional_db: None) -> Board:
    """A board to write on."""
    return Board.objects.create(slug="review", name="후기", description="써 보고 적은 이야기")


@pytest.fixture
def open_page(live_server: Any, browser: Browser, patience: None) -> Iterator[OpenPage]:
    """Open a page as somebody: with scripts or without, on a desktop or a phone."""
    contexts = []
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        # Chromium reports a page that was not found, or forbidden, as an error too.
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def open_as(
        user: User | None = None,
        address: str = "/",
        *,
        javascript: bool = True,
        phone: bool = False,
        dark: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]
            device_scale_factor=2 if phone else 1,
            has_touch=phone,
            is_mobile=phone,
            java_script_enabled=javascript,
            locale="ko-KR",
            color_scheme="dark" if dark else "light",
            base_url=live_server.url,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        if user:
            context.add_cookies([_session_of(user, live_server.url)])
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: _check_host(request.url, live_server.url, complaints))
        page.goto(address)
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., None]:
    """Take a screenshot, into MADANG_SCREENSHOTS where that is set."""
    folder = Path(os.environ.get("MADANG_SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png")

    return take


def _session_of(user: User, address: str) -> Any:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = site_settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": address}


def _check_host(address: str, site: str, complaints: list[str]) -> None:
    if not address.startswith((site, "data:")):
        complaints.append(f"asked another host: {address}")

"""Somebody who comments too often sees what to do, on a desktop and on a phone."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board
from madang.community.site.rate import Limit, Rate

OpenPage = Callable[..., Page]
LONG = "애써 쓴 댓글입니다. " * 30 + "A" * 400


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_the_page_for_too_many_keeps_the_text_and_fits(
    phone: bool,
    language: str,
    author: User,
    board: Board,
    open_page: OpenPage,
    picture: Callable[..., None],
    settings: Any,
) -> None:
    settings.MADANG_LIMITS = {"comments": Limit(new=Rate(1, 900))}
    post = actions.write_post(board=board, author=author, title="소금빵", body="따뜻했어요.")
    actions.write_comment(post, author=author, body="첫 댓글")
    page = open_page(author, post.get_absolute_url(), phone=phone, javascript=False)
    if language == "en":
        page.get_by_role("button", name="English").click()
    for text in ("둘째 댓글", LONG):
        page.locator("textarea[name=body]").fill(text)
        page.locator("form:has(textarea[name=body]) button").click()
    said = "15분 뒤에 다시 해 주세요" if language == "ko" else "try again in 15 minutes"
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator("textarea[readonly]")).to_have_value(LONG)
    assert page.evaluate("document.documentElement.scrollWidth") <= (390 if phone else 1120)
    picture(page, f"too-many-{language}-{'phone' if phone else 'desktop'}")

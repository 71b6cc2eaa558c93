"""The rules read a post before anything is locked, and nothing that is refused."""

from typing import Any

import pytest
from django.db import connections
from django.test import Client

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.forms import MAX_BODY
from madang.community.boards.models import Board, Post
from madang.community.moderation import disclosure, wording
from madang.community.moderation.kind import Source
from madang.community.moderation.models import Case


@pytest.fixture
def depths(database: str, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """In how many transactions, beyond the test's own, a rule was at work."""
    connection = connections["default"]
    outside = len(connection.savepoint_ids)
    found: list[int] = []
    matches = wording.matches

    def watched(*arguments: Any) -> Any:
        found.append(len(connection.savepoint_ids) - outside)
        return matches(*arguments)

    monkeypatch.setattr(wording, "matches", watched)
    disclosure.is_disclosed.cache_clear()
    return found


def test_a_post_is_read_by_the_rules_before_its_transaction(
    depths: list[int], as_author: Client, board: Board
) -> None:
    fields = {"board": board.pk, "title": "새 크림", "body": "[광고] 촉촉해요"}
    assert as_author.post("/boards/free/write/", fields).status_code == 302
    post = Post.objects.get()
    assert post.is_ad
    assert Case.objects.of(post).get().source == Source.AUTHOR
    assert set(depths) == {0}


def test_an_edited_post_is_read_by_the_rules_before_its_transaction(
    depths: list[int], author: User, board: Board
) -> None:
    post = actions.write_post(board=board, author=author, title="새 크림", body="좋아요")
    assert not post.is_ad
    actions.edit_post(post, board=board, title="새 크림", body="협찬을 받았습니다")
    assert Post.objects.get().is_ad
    assert set(depths) == {0}


@pytest.mark.parametrize("number", [MAX_BODY + 1, 90_000])
def test_the_rules_read_nothing_that_is_refused_as_too_long(
    number: int, as_author: Client, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    check = disclosure.check

    def watched(title: str, body: str, **on: Any) -> Any:
        read.extend([title, body])
        return check(title, body, **on)

    monkeypatch.setattr(disclosure, "check", watched)
    fields = {"board": board.pk, "title": "[광고] 크림", "body": "가" * number}
    page = as_author.post("/boards/free/write/", fields).content.decode()
    hint = as_author.post("/moderation/disclosure-check/", fields).content.decode()
    assert "자까지 쓸 수 있습니다" in page
    assert fields["body"] in page
    assert set(read) == {"[광고] 크림", ""}
    assert "광고임을 잘 밝혀 주셨어요" in hint


def test_a_hint_is_given_for_what_is_refused_for_another_reason(
    as_author: Client, board: Board
) -> None:
    fields = {"board": board.pk, "title": " ", "body": "체험단으로 써 봤어요\r\n"}
    page = as_author.post("/boards/free/write/", fields).content.decode()
    assert "‘체험단’, ‘서포터즈’" in page

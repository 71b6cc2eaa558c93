"""Limits that a test sets, and how it does a thing again and again."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from madang.community.accounts.models import User
from madang.community.boards import actions
from madang.community.boards.models import Board
from madang.community.site.rate import DEFAULTS, parse_limit

SetLimit = Callable[[str, str], None]


@pytest.fixture
def set_limit(settings: Any) -> SetLimit:
    """Set the limit of an action as an operator would."""

    def change(action: str, text: str) -> None:
        limit = parse_limit("MADANG_LIMIT", text, DEFAULTS[action])
        settings.MADANG_LIMITS = {**settings.MADANG_LIMITS, action: limit}

    return change


@pytest.fixture
def settle(board: Board) -> Callable[[User], None]:
    """Make somebody a person whom the site has known for a while."""

    def act(person: User) -> None:
        person.date_joined = timezone.now() - timedelta(days=9)
        person.save()
        for number in range(3):
            actions.write_post(board=board, author=person, title=f"{number}", body="이야기")

    return act

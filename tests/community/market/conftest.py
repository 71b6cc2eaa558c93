"""What stands on the market."""

from typing import Any

import pytest

from madang.community.accounts.models import User
from madang.community.market import actions
from madang.community.market.models import Listing

FIELDS: dict[str, Any] = {
    "kind": "gift",
    "title": "손뜨개 목도리",
    "body": "메리노 울로 뜹니다.",
    "terms": "sale",
    "price": 28000,
}


@pytest.fixture
def listing(author: User) -> Listing:
    """What the author offers."""
    return actions.write_listing(author=author, **FIELDS)


@pytest.fixture
def typed() -> dict[str, str]:
    """What somebody types into the form."""
    return {
        "kind": "talent",
        "title": "기타 수업",
        "body": "한 곡",
        "terms": "sale",
        "price": "60,000원",
    }

"""What an operator writes about limits is understood, or refused with what is allowed."""

import re
from pathlib import Path

import pytest

from madang.community.site import environment
from madang.community.site.rate import DEFAULTS, Limit, Rate, parse_rate
from madang.errors import SettingError

GUIDE = Path(__file__).parents[3] / "docs/site.md"


def test_a_limit_is_read_and_what_it_does_not_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LIMIT_POSTS", "5/h, address 100/2d")
    limit = environment.limits()["posts"]
    assert (limit.person, limit.address) == (Rate(5, 3600), Rate(100, 172_800))
    assert limit.new == DEFAULTS["posts"].new


def test_a_limit_or_a_part_of_it_is_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LIMIT_POSTS", "off")
    monkeypatch.setenv("MADANG_LIMIT_COMMENTS", "new off")
    limits = environment.limits()
    assert limits["posts"] == Limit()
    assert (limits["comments"].new, limits["comments"].person) == (
        None,
        DEFAULTS["comments"].person,
    )


def test_all_limits_are_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LIMITS", "0")
    assert environment.limits() == {}


@pytest.mark.parametrize(
    "text", ["10", "0/h", "10/w", "ten/h", "10/h/h", "-1/h", "10/31d", "old 3/h", "3/h,,", "1.5/h"]
)
def test_what_is_no_rate_is_refused_with_one_that_works(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADANG_LIMIT_POSTS", text)
    with pytest.raises(SettingError, match=r"MADANG_LIMIT_POSTS=.* write it so: (.+)$") as refused:
        environment.limits()
    monkeypatch.setenv("MADANG_LIMIT_POSTS", str(refused.value).rpartition("so: ")[2])
    assert environment.limits()["posts"].new == Rate(5, 3600)


def test_an_action_there_is_not_is_refused_with_the_one_meant(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MADANG_LIMIT_POST", "5/h")
    with pytest.raises(SettingError, match=r"Did you mean MADANG_LIMIT_POSTS\?"):
        environment.limits()


@pytest.mark.parametrize("text", ["-1", "one", "1.5", "٣", "99999999999999"])
def test_what_is_no_whole_number_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_PROXIES", text)
    with pytest.raises(SettingError, match="allowed is a whole number from 0 to 10"):
        environment.read_number("MADANG_PROXIES", default=0, most=10)


def test_the_documentation_shows_each_limit_as_it_is() -> None:
    rows = re.findall(r"^\| `([A-Z]+)` \|[^|]+\| (.+) \| (.+) \| (.+) \|$", GUIDE.read_text(), re.M)
    shown = {
        name.lower(): Limit(
            **dict(zip(("person", "new", "address"), map(parse_rate, each), strict=True))
        )
        for name, *each in rows
    }
    assert shown == DEFAULTS

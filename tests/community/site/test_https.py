"""Behind a proxy that speaks HTTPS; each case is a process of its own, with the settings of one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ASK = """
import json, sys
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
settings.ALLOWED_HOSTS.append("testserver")
call_command("migrate", verbosity=0)
answer = Client().get("/accounts/login/", **json.loads(sys.argv[1]))
cookies = {name: bool(morsel["secure"]) for name, morsel in answer.cookies.items()}
print(json.dumps({"status": answer.status_code, "cookies": cookies, **answer.headers}))
"""


def run(home: Path, *command: str, **variables: str) -> str:
    # The operator's environment, not that of the other tests.
    ours = ("MADANG_", "DJANGO_")
    environment = {
        **{name: text for name, text in os.environ.items() if not name.startswith(ours)},
        **{"MADANG_HOME": str(home), "DJANGO_SETTINGS_MODULE": "madang.community.site.settings"},
        **variables,
    }
    told = subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, check=False
    )
    return told.stdout + told.stderr


def ask(home: Path, sent: dict[str, str], **variables: str) -> dict[str, Any]:
    told = run(home, "-c", ASK, json.dumps(sent), **variables)
    answer: dict[str, Any] = json.loads(told.splitlines()[-1])
    return answer


def test_the_check_for_deployment_finds_nothing(tmp_path: Path) -> None:
    said = run(
        tmp_path, "-W", "error", "-m", "django", "check", "--deploy", "--fail-level", "INFO",
        MADANG_HTTPS="1",
    )  # fmt: skip
    assert said == "System check identified no issues (2 silenced).\n"


SECURE = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "1.2.3.4"}


def test_behind_a_proxy_a_page_comes_at_once_and_binds_the_browser_to_https(
    tmp_path: Path,
) -> None:
    answer = ask(tmp_path, SECURE, MADANG_HTTPS="1")
    assert answer["status"] == 200
    assert answer["Strict-Transport-Security"] == "max-age=2592000"
    assert answer["cookies"] == {"csrftoken": True}


@pytest.mark.parametrize("proto", [{}, {"HTTP_X_FORWARDED_PROTO": "http"}])
def test_who_comes_without_https_is_led_to_it(proto: dict[str, str], tmp_path: Path) -> None:
    answer = ask(tmp_path, proto, MADANG_HTTPS="1")
    assert (answer["status"], answer["Location"]) == (301, "https://testserver/accounts/login/")
    assert "Strict-Transport-Security" not in answer


def test_where_no_proxy_is_trusted_nobody_can_claim_to_come_by_https(tmp_path: Path) -> None:
    answer = ask(tmp_path, SECURE, MADANG_HTTPS="1", MADANG_PROXIES="0")
    assert answer["status"] == 301


def test_how_long_a_browser_is_bound_can_be_set(tmp_path: Path) -> None:
    answer = ask(tmp_path, SECURE, MADANG_HTTPS="1", MADANG_HSTS_SECONDS="60")
    assert answer["Strict-Transport-Security"] == "max-age=60"


@pytest.mark.parametrize("sent", [{}, SECURE])
def test_without_https_nothing_is_led_anywhere(sent: dict[str, str], tmp_path: Path) -> None:
    answer = ask(tmp_path, sent)
    assert answer["status"] == 200
    assert "Strict-Transport-Security" not in answer
    assert answer["cookies"] == {"csrftoken": False}

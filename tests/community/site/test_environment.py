"""What an operator sets is understood, or refused with what is allowed."""

import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper

from madang.community.site import environment
from madang.errors import SettingError


def test_the_secret_key_is_made_once_and_is_nobody_elses(tmp_path: Path) -> None:
    first = environment.read_secret_key(tmp_path / "home")
    assert environment.read_secret_key(tmp_path / "home") == first
    assert environment.read_secret_key(tmp_path / "other") != first
    assert (tmp_path / "home" / "secret-key").stat().st_mode & 0o077 == 0


def test_a_cut_off_secret_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("short")
    with pytest.raises(SettingError, match="5 characters: a secret key has at least 32; delete"):
        environment.read_secret_key(tmp_path)


def test_without_an_address_the_database_is_sqlite_at_home(tmp_path: Path) -> None:
    described = environment.database("", folder=tmp_path)
    assert described["NAME"] == tmp_path / "madang.sqlite3"
    assert described["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_an_address_names_server_person_and_database() -> None:
    described = environment.database("postgresql://me:a%2Fb@db.local:5433/yard", folder=Path())
    kept = {key: described[key] for key in ("HOST", "PORT", "USER", "PASSWORD", "NAME")}
    assert kept == {
        "HOST": "db.local",
        "PORT": "5433",
        "USER": "me",
        "PASSWORD": "a/b",
        "NAME": "yard",
    }


def test_an_address_may_name_a_socket() -> None:
    described = environment.database("postgresql://me@/yard?host=/run/pg", folder=Path())
    assert (described["HOST"], described["OPTIONS"]) == ("/run/pg", {})


@pytest.mark.parametrize("url", ["mysql://a/b", "madang.db", "http://x"])
def test_another_database_is_refused_with_what_is_allowed(url: str) -> None:
    with pytest.raises(SettingError, match="allowed are postgresql://"):
        environment.database(url, folder=Path())


def test_a_mail_server_is_named_by_an_address() -> None:
    assert environment.email("smtp+tls://me:x@mail.local")["EMAIL_PORT"] == 587
    with pytest.raises(SettingError, match="allowed is smtp://"):
        environment.email("mail.local")


def test_a_flag_is_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_DEBUG", "yes")
    assert environment.read_flag("MADANG_DEBUG")
    monkeypatch.setenv("MADANG_DEBUG", "perhaps")
    with pytest.raises(SettingError, match="allowed are 1, 0"):
        environment.read_flag("MADANG_DEBUG")


def test_a_driver_that_is_missing_is_said_with_what_to_type(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "find_spec", lambda name: None)
    said = r"not installed\. Install it by .*python.* -m pip install 'madang\[postgresql\]'"
    with pytest.raises(SettingError, match=said) as raised:
        environment.database("postgresql://me:secret@db/yard", folder=Path())
    assert "secret" not in str(raised.value)


def test_the_extra_that_an_error_names_holds_the_driver() -> None:
    pyproject = Path(__file__).parents[3] / "pyproject.toml"
    extras = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"][
        "optional-dependencies"
    ]
    assert any(each.startswith("psycopg[") for each in extras["postgresql"])
    assert extras["scale"] == ["madang[postgresql]"]  # its earlier name still installs it


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me:secret@db:port/yard",
        "postgresql://me:secret@db:99999/yard",
        "postgresql://me:secret@[db/yard",
        "postgresql://me:secret@db/yard%00",
        "mysql://me:secret@db/yard?password=secret",
        "postgres-ql://me:sec@ret:secret@db",
    ],
)
def test_an_address_that_can_not_be_read_is_refused_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(SettingError, match="allowed are postgresql://") as raised:
        environment.database(url, folder=Path())
    assert "secret" not in str(raised.value)


def start(home: Path, url: str) -> subprocess.CompletedProcess[str]:
    """Start the site as an operator does; what should not start ends at once."""
    return subprocess.run(
        [sys.executable, "-m", "madang", "serve", "--port", str(free_port())],
        env={**os.environ, "MADANG_HOME": str(home), "MADANG_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_database_that_can_not_be_used_is_said_at_the_start(
    tmp_path: Path, postgresql: BaseDatabaseWrapper
) -> None:
    described = postgresql.settings_dict
    folder = described["HOST"]
    (tmp_path / "none.sqlite3").write_text("no database, but a text of some length" * 20)
    urls = {
        f"postgresql://me:secret@127.0.0.1:{free_port()}/yard": "server runs",
        f"postgresql://postgres:secret@/none?host={folder}": "createdb none",
        f"postgresql://nobody:secret@/postgres?host={folder}": "name and password are right",
        f"postgresql://postgres:secret@/postgres?host={folder}&colour=blue": "colour",
        f"sqlite:///{tmp_path}/none.sqlite3": "not a database",
        f"sqlite:///{tmp_path}/none/none.sqlite3": "MADANG_HOME",
    }
    for url, said in urls.items():
        ended = start(tmp_path, url)
        assert ended.returncode == 2, ended.stderr
        assert said in ended.stderr
        assert "Traceback" not in ended.stderr
        assert "secret" not in ended.stderr + ended.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

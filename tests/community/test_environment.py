"""What an operator sets is understood, or refused with what is allowed."""

from pathlib import Path

import pytest

from madang.community import environment
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

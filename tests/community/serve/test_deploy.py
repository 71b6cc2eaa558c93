"""The unit file for systemd: it is right, it starts the site again, and what it calls is there."""

import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
UNIT = ROOT / "deploy" / "madang.service"
#: Where the unit, and docs/site.md, expect the program.
INSTALLED = "/opt/madang/.venv/bin/madang"


def read() -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT)
    return unit


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.fail("This test needs `systemd-analyze`: install systemd (apt-get install systemd).")
    installed = Path(sys.executable).with_name("madang")
    assert installed.is_file()
    text = UNIT.read_text()
    assert text.count(INSTALLED) == 1
    unit = tmp_path / UNIT.name
    unit.write_text(text.replace(INSTALLED, str(installed)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    about_unit = [line for line in done.stderr.splitlines() if UNIT.name in line]
    assert (done.returncode, about_unit) == (0, [])


def test_the_site_is_started_again_whatever_ends_it() -> None:
    unit = read()
    assert unit["Service"]["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    assert unit["Service"]["KillMode"] == "mixed"


def test_the_unit_gives_the_site_its_own_folder_and_nothing_else() -> None:
    service = read()["Service"]
    assert service["Environment"] == f"MADANG_HOME=/var/lib/{service['StateDirectory']}"
    assert service["ProtectSystem"] == "strict"
    assert service["User"] != "root"
    assert {service[name] for name in ("NoNewPrivileges", "ProtectHome", "PrivateTmp")} == {"true"}


def test_the_command_of_the_unit_is_one_that_madang_knows() -> None:
    program, *words = read()["Service"]["ExecStart"].split()
    assert program == INSTALLED
    assert INSTALLED in (ROOT / "docs" / "site.md").read_text()
    done = subprocess.run(
        [sys.executable, "-m", "madang", words[0], "--help"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert all(word in done.stdout for word in words[1:] if word.startswith("--"))

"""What the operator sets from outside, read from environment variables in one place.

``MADANG_HOME`` (state, default ``./var``), ``MADANG_DATABASE_URL``, ``MADANG_ALLOWED_HOSTS``,
``MADANG_TRUSTED_ORIGINS``, ``MADANG_HTTPS``, ``MADANG_EMAIL_URL``, ``MADANG_DEBUG``, the limits
``MADANG_LIMIT_…``; docs/site.md lists all.
"""

import math
import os
import re
import secrets
import socket
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from madang.community.site.rate import DEFAULTS, Limit, find_action, parse_limit
from madang.errors import SettingError

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;"
    # Safe under WAL: a power cut may lose the last commit, never the file.
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA temp_store=MEMORY;"
    "PRAGMA mmap_size=268435456;"
    "PRAGMA cache_size=-32000;"
)


def read_flag(name: str, *, default: bool = False) -> bool:
    """Read a yes/no variable.

    Raises SettingError where the value is none of 1, 0, true, false, yes, no.
    """
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes"}:
        return True
    if value in {"0", "false", "no"}:
        return False
    raise SettingError(f"{name}={value!r}: allowed are 1, 0, true, false, yes, no; set one of them")


def read_share(name: str) -> float | None:
    """Read a variable between 0 and 1, None where it is not set.

    Raises SettingError where it is no such number.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise SettingError(f"{name}={value!r}: allowed is a number from 0 to 1, such as 0.9")
    return share


def read_number(name: str, *, default: int, most: int = 1_000_000) -> int:
    """Read a variable that is a whole number from 0 to *most*.

    Raises SettingError where it is no such number.
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    is_number = value.isascii() and value.isdigit() and len(value) < 12
    if not is_number or int(value) > most:
        raise SettingError(
            f"{name}={value!r}: allowed is a whole number from 0 to {most}, such as {default}; "
            "write one"
        )
    return int(value)


def limits() -> dict[str, Limit]:
    """Read what is limited to how much: ``MADANG_LIMIT_POSTS`` and its like.

    None at all where ``MADANG_LIMITS`` is off. Raises SettingError for an unknown action or rate.
    """
    prefix = "MADANG_LIMIT_"
    found = dict(DEFAULTS)
    for name, value in os.environ.items():
        if name.startswith(prefix):
            action = find_action(name, name.removeprefix(prefix).lower())
            if value.strip():
                found[action] = parse_limit(name, value, DEFAULTS[action])
    return found if read_flag("MADANG_LIMITS", default=True) else {}


def read_list(name: str) -> list[str]:
    """Read a variable of names separated by commas."""
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def home() -> Path:
    """Return the folder that holds everything the site writes (``MADANG_HOME``)."""
    return Path(os.environ.get("MADANG_HOME", "var")).resolve()


def read_secret_key(folder: Path) -> str:
    """Return the site's secret key; make it on the first call, readable by its owner only."""
    path = folder / "secret-key"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text().strip()
        if len(key) < 32:
            raise SettingError(
                f"{path} holds {len(key)} characters: a secret key has at least 32; "
                "delete the file and a new key is made (everybody logs in again)"
            ) from None
        return key
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key


def database(url: str, *, folder: Path) -> dict[str, Any]:
    """Turn an address into Django's description of a database; no address means SQLite in *folder*.

    >>> database("postgresql://me:p%40ss@db:5433/madang", folder=Path("."))["PASSWORD"]
    'p@ss'
    """
    if not url:
        return _sqlite(folder / "madang.sqlite3")
    parts, port = _split(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path).removeprefix("/")))
    if find_spec("psycopg") is None:
        raise SettingError(
            f"MADANG_DATABASE_URL={hide_password(url)!r} asks for PostgreSQL, whose driver is not "
            f"installed. Install it by {sys.executable} -m pip install 'madang[postgresql]', or "
            "leave the variable empty for SQLite."
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.removeprefix("/")) or "madang",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # ?host=/folder names a Unix socket, as libpq reads it
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": port,
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def _split(url: str) -> tuple[SplitResult, str]:
    """Return the parts of a database's address, and its port; raises SettingError for no such."""
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:  # brackets around no address, a port that is none
        parts, port = urlsplit(""), ""
    if parts.scheme not in {"postgresql", "postgres", "sqlite"} or "\0" in unquote(url):
        raise SettingError(
            f"MADANG_DATABASE_URL={hide_password(url)!r}: allowed are "
            "postgresql://user:password@host:port/name and sqlite:///path; write it so (special "
            "letters of a password as %40 for @), or leave it empty for SQLite in MADANG_HOME"
        )
    return parts, port


def hide_password(url: str) -> str:
    """Return an address without its password: messages end up in logs.

    >>> hide_password("postgresql://me:secret@db:5433/madang")
    'postgresql://me:…@db:5433/madang'
    """
    url = re.sub(r"(?<=://)([^/:@]*):.*@", r"\1:…@", url)
    return re.sub(r"(?<=password=)[^&]*", "…", url)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer asks for the lock when it begins, so that it waits its turn and never
            # fails half-way, as two readers that both turn into writers would.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
    }


def email(url: str) -> dict[str, Any]:
    """Turn ``smtp://user:password@host:port`` into Django's e-mail settings; none prints mails.

    >>> email("smtp://host")["EMAIL_PORT"]
    25
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname:
        raise SettingError(
            f"MADANG_EMAIL_URL={url!r}: allowed is smtp://user:password@host:port (smtp+tls://, "
            "smtps://); write it so, or leave it empty and mails are printed on the console"
        )
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or ports[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


def allowed_hosts() -> list[str]:
    """Name the hosts the site answers to: this machine's own names and ``MADANG_ALLOWED_HOSTS``."""
    name = socket.gethostname()
    return [*LOCAL_HOSTS, name, f"{name}.local", *read_list("MADANG_ALLOWED_HOSTS")]

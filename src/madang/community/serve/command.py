"""``madang serve``: the whole site by one command."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from types import FrameType

from madang.community.serve.supervision import Child, Supervisor
from madang.community.site.opening import SETTINGS, usable_database
from madang.errors import SettingError

#: How long a start waits for the database, and how long between two tries.
PATIENCE_SECONDS, WAIT_SECONDS = 60.0, 2.0
ANY_HOST = {"0.0.0.0", "::"}


def serve(*, host: str = "127.0.0.1", port: int = 8000, num_workers: int = 1) -> None:
    """Prepare the database, then run the web server and the background worker until stopped.

    Args:
        host: the address to listen on; 0.0.0.0 opens the site to the network
        port: the port to listen on
        num_workers: server processes; more than one is worth it on PostgreSQL
    """
    check_port(host, port)
    signal.signal(signal.SIGTERM, _stop)  # until the supervisor sets its own
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    # Pages are answered side by side. A product of numpy that takes every core for one page makes
    # the others wait, and its threads spin when it is done: three times the processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    allow_host(host)
    logins = prepare_patiently()
    print(_greeting(host, port, logins), flush=True)
    supervise(host, port, num_workers)


def check_port(host: str, port: int) -> None:
    """Raise SettingError where nothing can listen at *host* and *port*."""
    if not 0 < port < 65536:
        raise SettingError(f"port {port}: allowed are 1 to 65535; choose one with --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise SettingError(
            f"cannot listen on {host}, port {port}: {error.strerror}; it must be an address of "
            "this machine and a port nobody uses; choose others with --host and --port"
        ) from error


def allow_host(host: str) -> None:
    """Let the site answer to the names that *host* is reached by."""
    names = [host]
    if host in ANY_HOST:
        names = [host, *_own_addresses()]
    known = os.environ.get("MADANG_ALLOWED_HOSTS", "")
    os.environ["MADANG_ALLOWED_HOSTS"] = ",".join([*filter(None, [known]), *names])


def _own_addresses() -> list[str]:
    try:
        found = socket.getaddrinfo(socket.gethostname(), None)
    except OSError:
        return []
    addresses = {str(entry[4][0]) for entry in found}
    return sorted(f"[{each}]" if ":" in each else each for each in addresses)


def prepare_patiently() -> dict[str, str]:
    """Prepare the site, and wait a while for a database that is locked, full or starting.

    Raises SettingError where it can not be used, or does not answer in time.
    """
    from madang.community.site.database_error import is_passing

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return prepare()
        except SettingError as error:
            if not is_passing(error) or time.monotonic() > deadline:
                raise
            print(f"madang: waiting for the database. {error}", file=sys.stderr, flush=True)
            time.sleep(WAIT_SECONDS)


def prepare() -> dict[str, str]:
    """Bring the database up to date, fill an empty one with samples, and return sample logins."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from madang.community.inference import prediction
    from madang.community.serve import sample

    path = Path(settings.HOME) / "sample-logins"
    with usable_database():
        call_command("migrate", verbosity=0, interactive=False)
        if sample.is_empty():
            logins = sample.load()
            path.touch(mode=0o600)
            lines = (f"{name} {password}\n" for name, password in logins.items())
            path.write_text("".join(lines), encoding="utf-8")
    # This process serves nobody: it only watches those that do.
    connections.close_all()
    prediction.forget()
    if not path.exists():
        return {}
    return dict(line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())


def supervise(host: str, port: int, num_workers: int) -> None:
    """Run the web server and the background worker until a signal comes."""
    from django.conf import settings

    web = [
        sys.executable,
        "-m",
        "madang.community.serve.web",
        host,
        str(port),
        str(num_workers),
    ]
    worker = [sys.executable, "-m", "madang.community.serve.worker"]
    Supervisor(
        [Child("web", web), Child("worker", worker, has_pulse=True)], folder=Path(settings.HOME)
    ).run()


def _greeting(host: str, port: int, logins: dict[str, str]) -> str:
    shown = "localhost" if host in ANY_HOST else f"[{host}]" if ":" in host else host
    lines = [f"Madang: http://{shown}:{port}/"]
    lines += [f"  login {name} / {password}" for name, password in logins.items()]
    if host in ANY_HOST:
        lines.append("  other names it is reached by: MADANG_ALLOWED_HOSTS=name,name")
    return "\n".join(lines)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)

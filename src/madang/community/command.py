"""``madang serve``: the whole site by one command."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from madang.community.opening import SETTINGS
from madang.errors import SettingError

# SQLite has one writer and Python one lock: threads beyond a few only queue up elsewhere.
THREADS = 4
ANY_HOST = {"0.0.0.0", "::"}


def serve(*, host: str = "127.0.0.1", port: int = 8000, num_workers: int = 1) -> None:
    """Prepare the database, start the background worker and serve the site until stopped."""
    check_port(host, port)
    signal.signal(signal.SIGTERM, _stop)  # until the server sets its own
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    # Pages are answered side by side. A product of numpy that takes every core for one page makes
    # the others wait, and its threads spin when it is done: three times the processor time.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    allow_host(host)
    logins = prepare()
    with background_worker():
        print(_greeting(host, port, logins), flush=True)
        run_server(host, port, num_workers)


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


def prepare() -> dict[str, str]:
    """Bring the database up to date, fill an empty one with samples, and return sample logins."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from madang.community import sample
    from madang.community.analysis.tasks import read_unread
    from madang.community.recommendations.tasks import read_items

    call_command("migrate", verbosity=0, interactive=False)
    path = Path(settings.HOME) / "sample-logins"
    if sample.is_empty():
        logins = sample.load()
        path.touch(mode=0o600)
        lines = (f"{name} {password}\n" for name, password in logins.items())
        path.write_text("".join(lines), encoding="utf-8")
    read_unread.enqueue()  # a model that is new here reads what was written before
    read_items.enqueue()
    if not path.exists():
        return {}
    return dict(line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())


@contextmanager
def background_worker() -> Iterator[None]:
    """Run the worker of background tasks beside, and end it with us."""
    worker = subprocess.Popen(
        [sys.executable, "-m", "django", "db_worker", "--verbosity", "0"],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS},
    )
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(timeout=10)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


def run_server(host: str, port: int, num_workers: int) -> None:
    """Serve by granian until a signal comes."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "madang.community.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=num_workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
    ).serve()


def _greeting(host: str, port: int, logins: dict[str, str]) -> str:
    shown = "localhost" if host in ANY_HOST else f"[{host}]" if ":" in host else host
    lines = [f"Madang: http://{shown}:{port}/"]
    lines += [f"  login {name} / {password}" for name, password in logins.items()]
    if host in ANY_HOST:
        lines.append("  other names it is reached by: MADANG_ALLOWED_HOSTS=name,name")
    return "\n".join(lines)


def _stop(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)

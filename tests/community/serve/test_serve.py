"""The whole site by one command: a real process, a real port."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from madang.community.serve.command import check_port
from madang.errors import SettingError

START = "from madang.community.serve.command import serve; serve(port={port})"
STDERR = "stderr"
# Generous: a machine that runs other things meanwhile must not fail the test.
PATIENCE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(port: int, home: Path) -> subprocess.Popen[str]:
    script = home / "start.py"
    script.write_text(f"if __name__ == '__main__':\n    {START.format(port=port)}\n")
    with (home / STDERR).open("w") as stderr:
        return subprocess.Popen(
            [sys.executable, script],
            env={
                **{
                    name: value
                    for name, value in os.environ.items()
                    if name != "OPENBLAS_NUM_THREADS"
                },
                **{"MADANG_HOME": str(home), "PYTHONWARNINGS": "default"},
            },
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        )


def wait_for_page(port: int) -> str:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_the_site_starts_with_samples_and_stops_with_all_its_processes(tmp_path: Path) -> None:
    port = free_port()
    process = start(port, tmp_path)
    try:
        page = wait_for_page(port)
        children = psutil.Process(process.pid).children(recursive=True)
        threads = {each.environ().get("OPENBLAS_NUM_THREADS") for each in children}
    finally:
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert "다들 첫눈 보셨어요?" in page
    assert f"http://127.0.0.1:{port}/" in said
    assert re.search(r"login 지기 / \S+\n  login 은하 / \S+", said)
    assert process.returncode == 0
    # Numpy's, of a page. A process that was forked shows the environment of its parent's start.
    assert "1" in threads
    _, alive = psutil.wait_procs(children, timeout=10)
    assert (len(children) >= 2, alive) == (True, [])


def test_a_start_waits_for_a_database_that_somebody_holds(tmp_path: Path) -> None:
    port = free_port()
    with closing(sqlite3.connect(tmp_path / "madang.sqlite3")) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        process = start(port, tmp_path)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "waiting for the database" not in (tmp_path / STDERR).read_text():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    try:
        page = wait_for_page(port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
    assert "다들 첫눈 보셨어요?" in page


def test_a_start_does_not_wait_for_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "madang.sqlite3").write_bytes(b"no database" * 1000)
    process = start(free_port(), tmp_path)
    process.communicate(timeout=PATIENCE_SECONDS)
    said = (tmp_path / STDERR).read_text()
    assert process.returncode != 0
    assert "It must be a database of this site" in said
    assert "waiting" not in said


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=rf"port {port}.*choose others with --host and --p"):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", 0), ("127.0.0.1", 99999), ("9.9.9.9", 8000)]
)
def test_a_place_nobody_can_listen_at_is_refused(host: str, port: int) -> None:
    with pytest.raises(SettingError):
        check_port(host, port)

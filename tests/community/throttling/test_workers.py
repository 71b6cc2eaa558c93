"""The site as real processes: two web workers count together, and go on where one was killed."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from os import environ
from pathlib import Path
from socket import socket

import psutil

START = """
if __name__ == "__main__":
    from madang.community.serve.command import serve
    serve(port={port}, num_workers=2)
"""
# Generous: a machine that runs other things meanwhile must not fail the test.
PATIENCE_SECONDS = 90


class Browser:
    """Somebody's browser; each request is a connection of its own, so that any worker answers."""

    def __init__(self, port: int) -> None:
        self.site = f"http://127.0.0.1:{port}"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str, fields: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return the status, the page, and how long to wait."""
        if fields is not None:
            token = re.search(r'csrfmiddlewaretoken" value="(\w+)', self.open(path)[1])
            assert token
            fields = {**fields, "csrfmiddlewaretoken": token.group(1)}
        data = urllib.parse.urlencode(fields).encode() if fields else None
        try:
            with self.opener.open(self.site + path, data, timeout=30) as answer:
                return answer.status, answer.read().decode(), ""
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), refused.headers["Retry-After"]

    def post(self, turn: int) -> tuple[int, str, str]:
        """Write a post whose text is no other's."""
        body = "".join(chr(0xAC00 + (turn * 997 + place * 31) % 11_172) for place in range(40))
        found = re.search(r'<option value="(\d+)"', self.open("/boards/free/write/")[1])
        board = found.group(1) if found else "1"
        fields = {"board": board, "title": f"글 {turn}", "body": body}
        return self.open("/boards/free/write/", fields)


@contextmanager
def serve(home: Path, **limits: str) -> Iterator[tuple[int, psutil.Process]]:
    """Run the site with two web workers; yield its port and its process."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    script = home / "start.py"
    script.write_text(START.format(port=port))
    process = subprocess.Popen(
        [sys.executable, script],
        env={**environ, "MADANG_HOME": str(home), **limits},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: len(workers(process.pid, port)) == 2)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)


def workers(pid: int, port: int) -> list[psutil.Process]:
    """Return the processes that listen at *port*."""
    found = []
    for child in psutil.Process(pid).children(recursive=True):
        try:
            if any(each.laddr.port == port for each in child.net_connections() if each.laddr):
                found.append(child)
        except psutil.Error:
            continue
    return found


def wait_until(is_done: object) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_done():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.2)


def kill_one_worker(process: psutil.Process, port: int) -> None:
    """Kill one web worker as a crash would, and wait for the one in its place."""
    before = workers(process.pid, port)
    before[0].kill()
    wait_until(
        lambda: len(workers(process.pid, port)) == 2 and before[0] not in workers(process.pid, port)
    )


def test_two_web_workers_count_together_and_a_restart_of_one_forgets_nothing(
    tmp_path: Path,
) -> None:
    limits = {"MADANG_LIMIT_POSTS": "6/h, new 6/h", "MADANG_LIMIT_SEARCHES": "address 20/h"}
    with serve(tmp_path, **limits) as (port, process):
        logins = (tmp_path / "sample-logins").read_text(encoding="utf-8").splitlines()
        passwords = dict(line.split(" ", 1) for line in logins)
        author, anybody = Browser(port), Browser(port)
        author.open("/accounts/login/", {"login": "은하", "password": passwords["은하"]})

        written = [author.post(turn)[0] for turn in range(4)]
        searched = [anybody.open("/search/?q=a")[0] for _ in range(12)]
        kill_one_worker(process, port)
        written += [author.post(turn)[0] for turn in range(4, 6)]
        searched += [anybody.open("/search/?q=a")[0] for _ in range(8)]
        refused = [author.post(turn) for turn in range(6, 12)]
        searched_more = [anybody.open("/search/?q=a")[0] for _ in range(8)]

    assert written == [200] * 6  # at the end of a redirect
    assert searched == [200] * 20
    assert {status for status, _, _ in refused} == {429}
    assert set(searched_more) == {429}
    assert all(0 < int(wait) <= 3600 for _, _, wait in refused)
    assert "글 6" in refused[0][1]

"""Odd requests to the real server: what a client of the tests can not send, a socket can."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60
REQUESTS = [
    "GET /people/%00/ HTTP/1.1",
    "GET /people/%FF%FE/ HTTP/1.1",
    "GET /posts/99999999999999999999/ HTTP/1.1",
    "GET /tags/%ED%A0%80/?q=%00&next=abc HTTP/1.1",
    f"GET /people/{'a' * 60_000}/ HTTP/1.1",
    "GET /static/%00 HTTP/1.1",
    "GET //evil.example/%2e%2e/ HTTP/1.1",
    "GET /?%FF=%00&before=%D9%A3 HTTP/1.1",
    "GET / HTTP/1.1\r\nContent-Type: text/plain; charset*=nonsense''%41",
    "GET / HTTP/1.1\r\nContent-Type: a/b; charset=utf-16",
    'GET /write/ HTTP/1.1\r\nCookie: sessionid="\\000\\000\\000\\000\\000\\000\\000\\000\\000"',
    "POST /accounts/login/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded; "
    "charset=utf-16\r\nContent-Length: 9\r\n\r\nlogin=%00",
    "POST /accounts/login/ HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded; "
    "charset*=x''%41\r\nContent-Length: 9\r\n\r\nlogin=%00",
    "POST /accounts/login/ HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    "Content-Length: 60\r\n\r\n--x\r\nContent-Disposition: form-data; name*=x''%00\r\n\r\n"
    "a\r\n--x-",
    "X / HTTP/1.1",
]


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a site of its own."""
    home = tmp_path_factory.mktemp("server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    with (home / "said").open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "madang", "serve", "--port", str(number)],
            env={**os.environ, "MADANG_HOME": str(home)},
            stdout=said,
            stderr=said,
        )
        try:
            wait_for(number, process, home / "said")
            yield number
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)


def wait_for(port: int, process: "subprocess.Popen[bytes]", said: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.parametrize("request_line", REQUESTS, ids=lambda each: each[:40])
def test_an_odd_request_is_answered_and_is_no_error(port: int, request_line: str) -> None:
    first, _, rest = request_line.partition(" HTTP/1.1")
    head = f"{first} HTTP/1.1\r\nHost: localhost\r\nConnection: close{rest}"
    head += "" if "\r\n\r\n" in rest else "\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as server:
        server.sendall(head.encode("latin-1"))
        answer = server.recv(4096)
    assert answer.startswith(b"HTTP/1."), answer
    assert 200 <= int(answer.split()[1]) < 500, answer[:300]

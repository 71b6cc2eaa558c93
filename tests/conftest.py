"""No test may leave this machine: whatever opens a connection elsewhere fails."""

import socket
from typing import Any

import pytest

LOCAL = {"127.0.0.1", "::1", "localhost", "0.0.0.0", ""}


def _is_local(address: Any) -> bool:
    return not isinstance(address, tuple) or str(address[0]) in LOCAL


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if not _is_local(address):
            raise AssertionError(f"A test tried to reach {address}; tests stay on this machine.")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)

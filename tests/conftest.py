"""What holds for every test: it stays on this machine, and draws the same examples each time."""

import socket
from typing import Any

import pytest
from hypothesis import settings

pytest_plugins = ("exported_models", "models_on_trunk", "quick_training")

# A deadline would be an assertion about time, and machines are busy.
settings.register_profile("madang", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("madang")

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

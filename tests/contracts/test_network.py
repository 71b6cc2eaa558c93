"""The guard that keeps tests on this machine does its work."""

import socket

import pytest


def test_a_test_that_reaches_out_fails() -> None:
    with (
        socket.socket() as connection,
        pytest.raises(AssertionError, match="stay on this machine"),
    ):
        connection.connect(("192.0.2.1", 80))

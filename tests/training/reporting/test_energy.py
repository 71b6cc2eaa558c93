"""Energy is an estimate that adds up over sessions, and never the end of a run."""

import socket
import sys
import time

import pytest

from madang.training.reporting.energy import Meter
from madang.training.reporting.result import RunState


def test_a_busy_process_takes_energy_and_the_network_is_never_asked(monkeypatch):
    def refuse(*arguments, **options):
        asked.append(arguments)
        raise OSError("no network in this test")

    asked = []
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    meter = Meter(RunState(seconds=100.0, energy_kwh=2.0))
    deadline = time.perf_counter() + 1.1
    while time.perf_counter() < deadline:
        sum(range(1000))
    assert 2.0 < meter.kwh < 2.1
    assert 101.0 < meter.seconds < 160.0
    meter.stop()
    assert 2.0 < meter.kwh < 2.1
    assert asked == []


def test_without_energy_only_time_is_measured():
    meter = Meter(RunState(), has_energy=False)
    assert meter.kwh is None
    assert meter.seconds >= 0
    assert Meter(RunState(energy_kwh=0.5), has_energy=False).kwh == 0.5


def test_a_missing_meter_is_said_and_breaks_nothing(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    meter = Meter(RunState(energy_kwh=0.5))
    assert meter.kwh == 0.5
    meter.stop()
    assert "can not be estimated" in caplog.text


class Broken:
    def flush(self):
        raise RuntimeError("the sensor is on fire")

    stop = flush


@pytest.mark.parametrize("method", ["read", "stop"])
def test_a_meter_that_breaks_breaks_nothing(method, caplog):
    meter = Meter(RunState(), has_energy=False)
    meter._tracker = Broken()
    if method == "read":
        assert meter.kwh is None
    meter.stop()
    assert "the sensor is on fire" in caplog.text

"""Signals end a run politely once, and at once the second time."""

import contextlib
import signal
import threading

import pytest

from madang.training.loop.interruption import Stopped, watched_signals


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_is_remembered_and_the_old_handler_comes_back(number, status):
    before = signal.getsignal(number)
    with watched_signals() as interruption:
        assert interruption.signal_number == 0
        signal.raise_signal(number)
        assert interruption.signal_number == number
        assert interruption.exit_status == status
    assert signal.getsignal(number) == before


def test_a_second_ctrl_c_interrupts_at_once():
    with watched_signals():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_outside_the_main_thread_nothing_is_watched():
    seen = []

    def work():
        with watched_signals() as interruption:
            seen.append(interruption.signal_number)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [0]


def test_a_signal_is_heard_at_once_where_work_can_be_repeated():
    with watched_signals() as interruption:
        with pytest.raises(Stopped), interruption.heard_at_once():
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)  # noted alone: whoever saves is not disturbed
        with pytest.raises(Stopped), interruption.heard_at_once():
            pytest.fail("a signal that came before was missed")


def test_what_catches_errors_does_not_catch_a_stop():
    with (
        watched_signals() as interruption,
        pytest.raises(Stopped),
        interruption.heard_at_once(),
        contextlib.suppress(Exception),
    ):
        signal.raise_signal(signal.SIGTERM)

"""Signals end a run politely once, and at once the second time."""

import signal
import threading

import pytest

from madang.training.loop.interruption import watched_signals


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

"""A bar on a terminal, log lines elsewhere, silence on request."""

import io
import logging
import sys

import pytest

from madang.training.reporting.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(*, is_shown):
    bar = ProgressBar(step=5, num_steps=10, is_shown=is_shown)
    bar.advance()
    bar.show({"step": 6, "loss": 0.5, "tokens_per_second": 12345.6})
    bar.close()


def test_a_terminal_shows_loss_speed_and_time_left(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    run(is_shown=True)
    assert "6/10" in terminal.getvalue()
    assert "loss 0.5000, 12,346 tokens/s" in terminal.getvalue()
    assert "<" in terminal.getvalue()


def test_without_a_terminal_there_are_log_lines(caplog):
    with caplog.at_level(logging.INFO):
        run(is_shown=True)
    assert "step 6/10  loss 0.5000  12346 tokens/s" in caplog.text


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_progress_can_be_silent(stream, monkeypatch, caplog):
    stderr = stream()
    monkeypatch.setattr(sys, "stderr", stderr)
    with caplog.at_level(logging.INFO):
        run(is_shown=False)
    assert stderr.getvalue() == caplog.text == ""

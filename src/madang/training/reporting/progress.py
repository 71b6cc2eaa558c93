"""The progress bar: loss, real tokens a second, time left. Without a terminal, log lines."""

import logging
import sys
from typing import Any

from tqdm import tqdm

from madang.training.reporting.result import Record

LOGGER = logging.getLogger("madang.training")


class ProgressBar:
    """Show where a run is; on a terminal as a bar, else as one log line a record."""

    def __init__(self, *, step: int, num_steps: int, is_shown: bool) -> None:
        self._num_steps = num_steps
        self._bar: Any = tqdm(
            initial=step,
            total=num_steps,
            unit="step",
            dynamic_ncols=True,
            disable=not (is_shown and sys.stderr.isatty()),
        )
        self._is_shown = is_shown

    def advance(self) -> None:
        """Count one step."""
        self._bar.update()

    def show(self, record: Record) -> None:
        """Show what the journal notes of the last steps."""
        loss, speed, share = record["loss"], record["tokens_per_second"], ""
        if "share_of_peak" in record:
            share = f", {record['share_of_peak']:.1%} of the peak"
        self._bar.set_postfix_str(f"loss {loss:.4f}, {speed:,.0f} tokens/s{share}")
        if self._is_shown and self._bar.disable:
            LOGGER.info(
                "step %d/%d  loss %.4f  %.0f tokens/s%s",
                *(record["step"], self._num_steps, loss, speed, share),
            )

    def close(self) -> None:
        """Leave the bar where it is and end its line."""
        self._bar.close()

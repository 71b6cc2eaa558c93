"""What a run takes: seconds, and electricity as an estimate made offline that can never end a run.

codecarbon reads the processor's counters where it may and else assumes its rated power. It is told
the country and never asks the network; a settings file in the home folder can not change that,
because every way out is closed here by name.
"""

import logging
import time
from typing import Any, Self

from madang.training.reporting.result import RunState

LOGGER = logging.getLogger("madang.training")
UNKNOWN = "The energy of this run can not be estimated: %s"


class Meter:
    """Measure time and energy of this process from its creation on, on top of those before it."""

    def __init__(self, before: RunState, *, has_energy: bool = True) -> None:
        self._earlier_seconds, self._earlier_kwh = before.seconds, before.energy_kwh
        self._began = time.perf_counter()
        self._total = _LatestTotal()
        self._tracker = _start_tracker(self._total) if has_energy else None

    @property
    def seconds(self) -> float:
        """How long the run took so far, what it did before a resumption included."""
        return self._earlier_seconds + time.perf_counter() - self._began

    @property
    def kwh(self) -> float | None:
        """The estimate in kWh; ``None`` where there is none."""
        if self._tracker is not None:
            try:
                self._tracker.flush()
            except Exception as error:  # whatever breaks in a meter must not break a run
                LOGGER.warning(UNKNOWN, error)
                self._tracker = None
        if self._total.kwh is None:
            return self._earlier_kwh
        return (self._earlier_kwh or 0.0) + self._total.kwh

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop measuring; what was measured stays readable."""
        if self._tracker is not None:
            try:
                self._tracker.stop()
            except Exception as error:
                LOGGER.warning(UNKNOWN, error)
            self._tracker = None


class _LatestTotal:
    """Receive codecarbon's totals, as one of its outputs."""

    def __init__(self) -> None:
        self.kwh: float | None = None

    def out(self, total: Any, delta: Any) -> None:
        self.kwh = float(total.energy_consumed)

    def live_out(self, total: Any, delta: Any) -> None:
        self.out(total, delta)

    def task_out(self, data: Any, experiment_name: str) -> None: ...

    def exit(self) -> None: ...


def _start_tracker(total: _LatestTotal) -> Any:
    try:
        from codecarbon import OfflineEmissionsTracker

        tracker = OfflineEmissionsTracker(
            country_iso_code="KOR",  # matters for carbon, not for energy
            tracking_mode="process",
            measure_power_secs=15,
            output_methods=[],
            output_handlers=[total],
            emissions_endpoint=None,
            electricitymaps_api_token=None,
            allow_multiple_runs=True,
            log_level="critical",
        )
        tracker.start()
    except Exception as error:
        LOGGER.warning(UNKNOWN, error)
        return None
    return tracker

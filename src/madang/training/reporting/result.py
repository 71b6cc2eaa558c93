"""What a run knows of itself while it goes on, and what it tells at the end."""

import dataclasses
from typing import Any, Literal

Record = dict[str, Any]
# How a session of a run ended.
Outcome = Literal["finished", "failed", "stopped"]


@dataclasses.dataclass(kw_only=True)
class RunState:
    """Everything that changes during a run, beside weights and optimizer: it fits into JSON.

    At the end of a run it tells how it went: ``best_metric`` is the best value of the watched
    figure, ``None`` without validation data, and the model holds the weights of ``best_step``.
    ``seconds`` and ``energy_kwh``, an estimate, count every session of an interrupted run.
    ``history`` is what the log file holds.

    The position in the data is ``step`` alone, because the plan of batches is a pure function;
    randomness is drawn from (seed, step), so there is no generator to save either.
    ``loss_sum`` and ``num_items`` run since the last log record.
    """

    step: int = 0
    loss_sum: float = 0.0
    num_items: float = 0.0
    best_metric: float | None = None
    best_step: int = 0
    num_evaluations: int = 0
    evaluations_since_best: int = 0
    seconds: float = 0.0
    energy_kwh: float | None = None
    is_finished: bool = False
    stopped_early: bool = False
    history: list[Record] = dataclasses.field(default_factory=list)

    def note_evaluation(
        self, value: float, *, higher_is_better: bool, patience: int | None
    ) -> None:
        """Take in the watched figure of an evaluation; decide whether to stop.

        >>> state = RunState(step=10)
        >>> state.note_evaluation(0.7, higher_is_better=True, patience=1)
        >>> state.step = 20
        >>> state.note_evaluation(0.6, higher_is_better=True, patience=1)
        >>> state.best_metric, state.best_step, state.stopped_early
        (0.7, 10, True)
        """
        self.num_evaluations += 1
        best = self.best_metric
        if best is None or best != best or (value > best if higher_is_better else value < best):
            self.best_metric, self.best_step = value, self.step
            self.evaluations_since_best = 0
        else:
            self.evaluations_since_best += 1
            self.stopped_early = patience is not None and self.evaluations_since_best >= patience

    @property
    def still_improving(self) -> bool | None:
        """Whether the last evaluation of a run that was not stopped was its best.

        ``None`` where fewer than two evaluations leave nothing to compare.
        """
        if self.num_evaluations < 2:
            return None
        return self.evaluations_since_best == 0 and not self.stopped_early

    @property
    def figures(self) -> dict[str, float]:
        """What is left of a run in numbers: those of its best evaluation, its time and energy."""
        found: dict[str, float] = {"seconds": self.seconds}
        if self.energy_kwh is not None:
            found["energy_kwh"] = self.energy_kwh
        for record in self.history:
            if record["event"] == "validation" and record["step"] == self.best_step:
                found |= scalars({**record, "event": "best"})
        return found

    @property
    def metric(self) -> str | None:
        """The name of the watched figure; ``None`` where nothing was evaluated."""
        validations = (record for record in self.history if record["event"] == "validation")
        names = (name for name in next(validations, {}) if name not in ("event", "step", "epoch"))
        return next(names, None)


def scalars(record: Record) -> dict[str, float]:
    """Return the figures of a record under ``event/name``.

    >>> scalars({"event": "train", "step": 3, "epoch": 0, "loss": 0.5, "text": "no number"})
    {'train/epoch': 0.0, 'train/loss': 0.5}
    """
    return {
        f"{record['event']}/{name}": float(value)
        for name, value in record.items()
        if name != "step" and isinstance(value, int | float)
    }

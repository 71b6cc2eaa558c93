"""What a run knows of itself while it goes on, and what it tells at the end."""

import dataclasses
from typing import Any

Record = dict[str, Any]


@dataclasses.dataclass(kw_only=True)
class RunState:
    """Everything that changes during a run, beside weights and optimizer: it fits into JSON.

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingResult:
    """How a run went; the model holds the weights of ``best_step``.

    ``metric`` is the name of the watched figure and ``best_metric`` its best value; both are
    ``None`` without validation data. ``seconds`` and ``energy_kwh`` count every session of an
    interrupted run; the energy is an estimate. ``history`` is what the log file holds.
    """

    metric: str | None
    best_metric: float | None
    best_step: int
    steps: int
    seconds: float
    energy_kwh: float | None
    still_improving: bool | None
    stopped_early: bool
    history: tuple[Record, ...]


def build_result(state: RunState) -> TrainingResult:
    """Return what a run has to tell once it is over."""
    validations = [record for record in state.history if record["event"] == "validation"]
    names = [name for name in (validations or [{}])[0] if name not in ("event", "step", "epoch")]
    return TrainingResult(
        metric=names[0] if names else None,
        best_metric=state.best_metric,
        best_step=state.step if state.best_metric is None else state.best_step,
        steps=state.step,
        seconds=state.seconds,
        energy_kwh=state.energy_kwh,
        still_improving=state.still_improving,
        stopped_early=state.stopped_early,
        history=tuple(state.history),
    )

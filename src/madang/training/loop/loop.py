"""The one training loop: what a step is, when to evaluate, save and stop.

A run is a pure function of model, data and settings. Batches, masks and dropout are drawn from
(seed, step), never from where a generator happens to be, so a run that was killed and resumed
gives the losses, bit by bit, of one that never stopped.
"""

import bisect
import dataclasses
import json
import logging
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Generic

import numpy as np
import torch
from torch import Tensor, nn

from madang import storage
from madang.errors import TrainingError
from madang.training.device.device import (
    autocast,
    bound_kernel_caches,
    count_operations,
    peak_operations,
)
from madang.training.device.distributed import World, joined_world
from madang.training.device.placement import gradient_norm, place
from madang.training.loop import checkpoint
from madang.training.loop.batching import BatchPlan, derive_seed
from madang.training.loop.evaluation import evaluate
from madang.training.loop.interruption import Interruption, Stopped, watched_signals
from madang.training.objective import Batch, ExampleT, Indices, Objective, collated, example_lengths
from madang.training.optimization.optimizer import (
    build_optimizer,
    clip_factor,
    named_state,
    restore_state,
)
from madang.training.optimization.schedule import learning_rate_factor
from madang.training.reporting.chart import CHART_NAME, draw_learning_curves
from madang.training.reporting.description import Description
from madang.training.reporting.energy import Meter
from madang.training.reporting.journal import Journal
from madang.training.reporting.result import RunState
from madang.training.reporting.trackers import check_trackers
from madang.training.settings import TrainingSettings, warn_useless

LOGGER = logging.getLogger("madang.training")
DIVERGENCE_NAME = "divergence.json"
# However rare checkpoints are asked for: what a power cut may cost.
MOST_SECONDS_UNSAVED = 600.0
STILL_IMPROVING = (
    "The run was still improving when its epochs ended: its last evaluation, at step {step}, was "
    "its best. More epochs would probably give a better model."
)


def train(
    *,
    model: nn.Module,
    objective: Objective[ExampleT],
    train_data: Sequence[ExampleT],
    validation_data: Sequence[ExampleT] = (),
    settings: TrainingSettings,
    folder: Path,
    resume: bool = True,
    description: Description | None = None,
) -> RunState:
    """Train ``model`` on the device it is on; leave the weights of the best step in it.

    ``folder`` receives the state of the run, its log and its curves; a run found there goes on
    where it was, unless ``resume`` is false. SIGTERM and Ctrl-C save and end the process, after the
    step that they meet, or at once in an evaluation, which the resumed run repeats.
    ``description``: of the recipe, for trackers.

    Raises ``TrainingError`` for a loss or gradient that is not a number and for empty data,
    ``SettingError`` for settings or data that differ from those of the run found in ``folder``,
    ``CheckpointError`` for a broken one.
    """
    if not len(train_data):
        raise TrainingError("The training data is empty: give at least one example.")
    check_trackers(settings.trackers)
    bound_kernel_caches()
    folder.mkdir(parents=True, exist_ok=True)
    device = next(model.parameters()).device
    cuda_devices = [device] if device.type == "cuda" else []
    with (
        joined_world(device) as world,
        torch.random.fork_rng(cuda_devices),
        watched_signals() as interruption,
    ):
        run = _Run(
            model=model,
            objective=objective,
            train_data=train_data,
            validation_data=validation_data,
            settings=settings,
            folder=folder,
            world=world,
            interruption=interruption,
            description=description or Description(),
        )
        return run.go(resume=resume)


@dataclasses.dataclass(kw_only=True)
class _Run(Generic[ExampleT]):
    """One session of a run: from its start or a checkpoint to its end or an interruption."""

    model: nn.Module
    objective: Objective[ExampleT]
    train_data: Sequence[ExampleT]
    validation_data: Sequence[ExampleT]
    settings: TrainingSettings
    folder: Path
    world: World
    interruption: Interruption
    description: Description

    def __post_init__(self) -> None:
        settings = self.settings
        self.state = RunState()
        lengths = example_lengths(self.objective, self.train_data)
        self.plan = BatchPlan(lengths=lengths, settings=settings)
        self.num_steps = min(self.plan.num_steps, settings.max_steps or self.plan.num_steps)
        self.epoch_ends: list[int] = np.cumsum(self.plan.steps_in_epochs).tolist()
        self.data_record = checkpoint.describe_data(lengths, len(self.validation_data))
        self._warn_of_useless()

    def _warn_of_useless(self) -> None:
        settings = self.settings
        if settings.max_steps and settings.max_steps > self.num_steps:
            warn_useless("max_steps", f"{settings.num_epochs} epochs are {self.num_steps} steps")
        if not len(self.validation_data):
            for name in ("patience", "evaluate_every"):
                if getattr(settings, name) is not None:
                    warn_useless(name, "there is no validation data")

    # The course of a run.

    def go(self, *, resume: bool) -> RunState:
        path = self.folder / checkpoint.LAST_NAME
        optimizer_state: dict[str, Tensor] = {}
        if self.world.first(float(resume and path.exists())):
            optimizer_state = self._load(path)
        elif self.world.is_first:
            checkpoint.remove_run(self.folder)
        self.world.copy_from_first(self.model.state_dict().values())
        if not self.state.is_finished:
            self._place(optimizer_state)
            self._train()
            self.placement.finish()
        if self.state.best_metric is not None:
            checkpoint.load_run(self.folder / checkpoint.BEST_NAME, self.model)
        else:
            self.state.best_step = self.state.step
        if self._is_stopped():  # while the end was written: what would follow is not begun
            raise SystemExit(self.interruption.exit_status)
        return self.state

    def _place(self, optimizer_state: dict[str, Tensor]) -> None:
        """Put the weights where they are trained, and an optimizer beside them."""
        self.model.train()
        self.peak_speed = self._find_peak_speed()
        self.placement = place(self.model, self.world, self.settings)
        module = self.placement.module
        self.optimizer = build_optimizer(module, self.settings)
        restore_state(module, self.optimizer, optimizer_state, part=self.placement.part)

    def _find_peak_speed(self) -> float | None:
        """Return the tokens a second at the devices' peak, where that is known."""
        peak = peak_operations(self.world.device)
        if peak is None:
            return None
        share = self.plan.epoch_batches(0)[0][:: self.world.size].tolist()
        (batch,) = self._collated([share], seed=self.settings.seed)
        operations = count_operations(
            self.model, self.objective, batch, precision=self.settings.precision
        )
        return peak * self.world.size / operations

    def _train(self) -> None:
        state, is_first = self.state, self.world.is_first
        self.meter = Meter(state, has_energy=self.settings.energy and is_first)
        journal = Journal(
            folder=self.folder,
            state=state,
            settings=self.settings,
            num_steps=self.num_steps,
            is_kept=is_first,
            peak_speed=self.peak_speed,
            parameters=self.description.parameters(self.model, self.settings.to_mapping()),
            description=self.description,
        )
        with self.meter, journal as self.journal:
            if self._lacks_evaluation():  # it was broken off, or never begun
                self._evaluate_and_save()
            for epoch, batches in self.plan.steps(state.step):
                if state.step >= self.num_steps or state.stopped_early:
                    break
                self._step(batches)
                self._after_step(epoch)
            self._finish()

    def _after_step(self, epoch: int) -> None:
        """Log, evaluate, save and stop where it is time for it."""
        if self.state.step % self.settings.log_every == 0:
            self.journal.note_training(
                epoch=epoch,
                learning_rate=self.optimizer.param_groups[0]["lr"],
                gradient_norm=self.gradient_norm,
            )
        self._evaluate_and_save()

    def _evaluate_and_save(self) -> None:
        step, every = self.state.step, self.settings.checkpoint_every
        if self._lacks_evaluation():
            self._evaluate(epoch=bisect.bisect_left(self.epoch_ends, step))
        is_due = self._is_evaluation_step() if every is None else step % every == 0
        is_late = self.meter.seconds - self.state.seconds > MOST_SECONDS_UNSAVED
        is_stopped = self._is_stopped()
        if is_stopped or is_due or is_late:
            self._save()
        if is_stopped:
            LOGGER.warning("Saved and stopped after step %d of %d.", step, self.num_steps)
            if self._lacks_evaluation():
                LOGGER.warning("Its evaluation was broken off; the run goes on with it.")
            raise SystemExit(self.interruption.exit_status)

    def _is_stopped(self) -> bool:
        # One process may get the signal a step before the other: they have to agree.
        return self.world.sum([float(self.interruption.signal_number)])[0] > 0

    def _is_evaluation_step(self) -> bool:
        step, every = self.state.step, self.settings.evaluate_every
        is_regular = step in self.epoch_ends if every is None else step % every == 0
        return is_regular or step == self.num_steps

    def _lacks_evaluation(self) -> bool:
        """Say whether this step is to be evaluated and was not."""
        step, history = self.state.step, self.state.history
        if step == 0 or not len(self.validation_data) or not self._is_evaluation_step():
            return False
        return not any(each["event"] == "validation" and each["step"] == step for each in history)

    def _finish(self) -> None:
        state = self.state
        state.is_finished = True
        if state.still_improving:
            text = STILL_IMPROVING.format(step=state.step)
            LOGGER.warning(text)
            self.journal.note_message(text)
        self._save()
        if self.world.is_first and state.history:
            draw_learning_curves(self.folder / CHART_NAME, state.history)

    # One step.

    def _step(self, batches: list[Indices]) -> None:
        """Update the weights once, by all items of ``batches`` over all processes."""
        state = self.state
        for group in self.optimizer.param_groups:
            group["lr"] = self._learning_rate * group["scale"]
        self.optimizer.zero_grad(set_to_none=True)
        loss_sum, num_items, num_tokens = self.world.sum(self._backward(batches))
        self._check_finite("loss", loss_sum, batches)
        self._divide_and_clip_gradients(num_items, batches)
        self.optimizer.step()
        state.step += 1
        self.journal.count(loss_sum=loss_sum, num_items=num_items, num_tokens=num_tokens)

    def _backward(self, batches: list[Indices]) -> list[float]:
        """Add up the gradients of this process; return summed loss, items and tokens."""
        seed = derive_seed(self.settings.seed, self.state.step, self.world.rank)
        torch.manual_seed(seed)
        sums = np.zeros(3)
        shares = self.placement.shares(batches)
        micro_batches = self._collated([share for share, _ in shares], seed=seed)
        for batch, (_, weight) in zip(micro_batches, shares, strict=True):
            with autocast(self.world.device, self.settings.precision):
                output = self.objective.loss(self.placement.module, batch)
            (output.loss_sum * weight).backward()  # type: ignore[no-untyped-call]
            loss_sum = float(output.loss_sum.detach())
            sums += weight * np.array([loss_sum, output.num_items, output.num_tokens])
        return [float(value) for value in sums]

    def _collated(self, shares: Sequence[Sequence[int]], *, seed: int) -> Iterator[Batch]:
        return collated(
            self.objective,
            self.train_data,
            shares,
            generator=torch.Generator().manual_seed(seed),
            device=self.world.device,
        )

    def _divide_and_clip_gradients(self, num_items: float, batches: list[Indices]) -> None:
        self.placement.sum_gradients()
        parameters = self.placement.module.parameters()
        gradients = [p.grad for p in parameters if p.grad is not None]
        share = 1.0 / max(num_items, 1.0)
        self.gradient_norm = gradient_norm(gradients) * share
        self._check_finite("gradient norm", self.gradient_norm, batches)
        factor = clip_factor(self.gradient_norm, max_norm=self.settings.max_gradient_norm)
        for gradient in gradients:
            gradient.mul_(factor * share)

    @property
    def _learning_rate(self) -> float:
        settings = self.settings
        return settings.learning_rate * learning_rate_factor(
            self.state.step,
            schedule=settings.schedule,
            warmup_steps=self._warmup_steps,
            num_steps=self.num_steps,
        )

    @cached_property
    def _warmup_steps(self) -> int:
        if self.settings.warmup_steps is not None:
            return self.settings.warmup_steps
        return round(self.settings.warmup_fraction * self.num_steps)

    def _check_finite(self, name: str, value: float, batches: list[Indices]) -> None:
        if np.isfinite(value):
            return
        step, path = self.state.step + 1, self.folder / DIVERGENCE_NAME
        if self.world.is_first:
            positions = [batch.tolist() for batch in batches]
            record = {"step": step, "what": name, "value": str(value), "examples": positions}
            storage.write_text(path, json.dumps(record) + "\n")
        raise TrainingError(
            f"The {name} is {value} at step {step}. The positions of that step's examples in the "
            f"training data are in {path}. Look at them, lower learning_rate or "
            f"max_gradient_norm, or set precision to float32; the last checkpoint is intact."
        )

    # Evaluation.

    def _evaluate(self, *, epoch: int) -> None:
        """Let the first process evaluate, tell all the watched figure, keep the best weights."""
        state = self.state
        with self.journal.pause(), self.placement.gathered() as model:
            figures = self._measure(model) if self.world.is_first else {}
            if self.world.first(float(figures is None)):
                return
            assert figures is not None
            value = self.world.first(next(iter(figures.values()), 0.0))
            self.journal.note_validation(epoch=epoch, figures=figures)
            state.note_evaluation(
                value,
                higher_is_better=self.objective.higher_is_better,
                patience=self.settings.patience,
            )
            if state.best_step == state.step and self.world.is_first:
                path = self.folder / checkpoint.BEST_NAME
                record = {"step": state.step, **figures}
                checkpoint.save_run(path, model, {}, record)

    def _measure(self, model: nn.Module) -> dict[str, float] | None:
        """Return the figures of an evaluation; ``None`` where a signal broke it off."""
        try:
            with self.interruption.heard_at_once():
                return evaluate(
                    model=model,
                    objective=self.objective,
                    data=self.validation_data,
                    settings=self.settings,
                )
        except Stopped:
            return None

    # State on disk.

    def _save(self) -> None:
        self.state.seconds, self.state.energy_kwh = self.meter.seconds, self.meter.kwh
        placement = self.placement
        optimizer_state = placement.whole(named_state(placement.module, self.optimizer))
        with placement.gathered() as model:
            if self.world.is_first:
                record = {
                    "state": dataclasses.asdict(self.state),
                    "settings": self.settings.to_mapping(),
                    "data": self.data_record,
                }
                path = self.folder / checkpoint.LAST_NAME
                checkpoint.save_run(path, model, optimizer_state, record)

    def _load(self, path: Path) -> dict[str, Tensor]:
        """Read weights and state of a run; return the state of its optimizer."""
        if self.world.is_first:
            checkpoint.remove_partial_files(self.folder)
        optimizer_state, record = checkpoint.load_run(path, self.model)
        checkpoint.check_same(path, record["settings"], self.settings.to_mapping())
        checkpoint.check_same(path, record["data"], self.data_record)
        self.state = checkpoint.read_state(path, record["state"])
        return optimizer_state

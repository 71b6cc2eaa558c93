"""Every setting of a training run, checked before anything is loaded."""

import dataclasses
import difflib
import warnings
from collections.abc import Mapping
from typing import Any, Literal, Self

from madang.errors import SettingError
from madang.training.schedule import SCHEDULE_NAMES, ScheduleName

PrecisionName = Literal["auto", "float32", "bfloat16"]
TRACKER_NAMES = ("tensorboard", "mlflow")


class UselessSettingWarning(UserWarning):
    """A setting was given that has no effect in this run."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """How a model is trained; what it is trained on and for is said elsewhere.

    ``num_epochs``: passes over the data. ``max_steps``: end earlier, after that many updates.
    ``batch_size``: most examples in a batch. ``batch_tokens``: most tokens in a batch, padding
    counted; one longer example makes a batch of its own. ``accumulation``: batches to an update.
    Under torchrun the processes share each batch, so a run means the same on any number of them.
    ``learning_rate``: at its peak. ``schedule``: what follows the warm-up.
    ``warmup_fraction``: of all steps; ``warmup_steps`` says the same as a number.
    ``max_gradient_norm``: ``None`` clips nothing.
    ``precision``: of matrix products; ``"auto"`` is bfloat16 where the processor has it.
    ``evaluate_every``, ``checkpoint_every``: in steps; ``None`` is once an epoch, and as often as
    evaluation. ``log_every``: in steps. ``patience``: evaluations without a better one before the
    run stops; ``None`` never stops. ``trackers``: beside the JSON lines that are always written.
    """

    num_epochs: int = 3
    max_steps: int | None = None
    batch_size: int = 32
    batch_tokens: int = 8192
    accumulation: int = 1
    learning_rate: float = 5e-5
    schedule: ScheduleName = "linear"
    warmup_fraction: float = 0.1
    warmup_steps: int | None = None
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    max_gradient_norm: float | None = 1.0
    precision: PrecisionName = "auto"
    evaluate_every: int | None = None
    checkpoint_every: int | None = None
    log_every: int = 10
    patience: int | None = None
    seed: int = 0
    trackers: tuple[str, ...] = ()
    energy: bool = True
    progress: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        object.__setattr__(self, "trackers", tuple(self.trackers))
        for name in _COUNTS:
            self._check(name, _is_count(getattr(self, name)), "a whole number from 1 on")
        for name in _OPTIONAL_COUNTS:
            value = getattr(self, name)
            self._check(
                name, value is None or _is_count(value), "none, or a whole number from 1 on"
            )
        self._check("warmup_steps", _is_none_or_natural(self.warmup_steps), "0, 1, 2, … or none")
        self._check("seed", _is_none_or_natural(self.seed), "0, 1, 2, …")
        self._check("learning_rate", self.learning_rate > 0, "above 0")
        self._check("warmup_fraction", 0 <= self.warmup_fraction < 1, "from 0 to below 1")
        self._check("weight_decay", self.weight_decay >= 0, "0 or above")
        self._check("epsilon", self.epsilon > 0, "above 0")
        self._check("betas", _are_betas(self.betas), "two numbers from 0 to below 1")
        norm = self.max_gradient_norm
        self._check("max_gradient_norm", norm is None or norm > 0, "above 0, or none")
        self._check("schedule", self.schedule in SCHEDULE_NAMES, _one_of(SCHEDULE_NAMES))
        self._check("precision", self.precision in _PRECISIONS, _one_of(_PRECISIONS))
        for tracker in self.trackers:
            self._check("trackers", tracker in TRACKER_NAMES, "among " + ", ".join(TRACKER_NAMES))
        self._warn_of_useless()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Self:
        """Build settings from a recipe's table; an unknown key stops with a suggestion."""
        known = [field.name for field in dataclasses.fields(cls)]
        for key in mapping:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                hint = f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known)}."
                raise SettingError(f"There is no training setting {key!r}. {hint}")
        return cls(**mapping)

    def to_mapping(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in dataclasses.asdict(self).items()
        }

    def _check(self, name: str, is_allowed: bool, allowed: str) -> None:
        if not is_allowed:
            raise SettingError(f"{name} is {getattr(self, name)!r}; it must be {allowed}.")

    def _warn_of_useless(self) -> None:
        default = type(self).__dataclass_fields__["warmup_fraction"].default
        if self.warmup_steps is not None and self.warmup_fraction != default:
            warn_useless("warmup_fraction", "warmup_steps is given and wins")


def warn_useless(name: str, reason: str) -> None:
    """Warn that the setting ``name`` has no effect, and why."""
    warnings.warn(
        f"{name} has no effect: {reason}. Leave it out.", UselessSettingWarning, stacklevel=3
    )


_COUNTS = ("num_epochs", "batch_size", "batch_tokens", "accumulation", "log_every")
_OPTIONAL_COUNTS = ("max_steps", "evaluate_every", "checkpoint_every", "patience")
_PRECISIONS = ("auto", "float32", "bfloat16")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_none_or_natural(value: object) -> bool:
    return value is None or _is_count(value) or value == 0


def _are_betas(values: tuple[float, ...]) -> bool:
    return len(values) == 2 and all(0 <= value < 1 for value in values)


def _one_of(names: tuple[str, ...]) -> str:
    return "one of " + ", ".join(names)

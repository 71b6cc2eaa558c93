"""Every setting of a training run, checked before anything is loaded."""

import dataclasses
import difflib
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self, get_args

from madang.errors import SettingError
from madang.training.optimization.schedule import SCHEDULE_NAMES, ScheduleName

PrecisionName = Literal["auto", "float32", "bfloat16"]
ShardingName = Literal["none", "fsdp2"]
_Rule = Callable[[Any], bool]
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
    ``layer_decay``: by which the rate falls from each layer of an encoder to the one below; 1 is
    not at all. ``max_gradient_norm``: ``None`` clips nothing.
    ``precision``: of matrix products; ``"auto"`` is bfloat16 where the processor has it.
    ``sharding``: ``"fsdp2"`` lets each process of torchrun keep a part of the weights.
    ``compile``: the blocks of the model, which takes minutes and pays in long runs.
    ``evaluate_every``, ``checkpoint_every``: in steps; ``None`` is once an epoch, and as often as
    evaluation. A checkpoint is also written when the last one is ten minutes old.
    ``log_every``: in steps. ``patience``: evaluations without a better one before the run stops;
    ``None`` never stops. ``trackers``: beside the JSON lines that are always written.
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
    layer_decay: float = 1.0
    betas: tuple[float, float] = (0.9, 0.999)
    epsilon: float = 1e-8
    max_gradient_norm: float | None = 1.0
    precision: PrecisionName = "auto"
    sharding: ShardingName = "none"
    compile: bool = False
    evaluate_every: int | None = None
    checkpoint_every: int | None = None
    log_every: int = 10
    patience: int | None = None
    seed: int = 0
    trackers: tuple[str, ...] = ()
    energy: bool = True
    progress: bool = True

    def __post_init__(self) -> None:
        self._check("trackers", not isinstance(self.trackers, str), "a list of names")
        object.__setattr__(self, "betas", tuple(self.betas))
        object.__setattr__(self, "trackers", tuple(self.trackers))
        for names, (is_allowed, allowed) in _RULES.items():
            for name in names.split():
                self._check(name, is_allowed(getattr(self, name)), allowed)
        default = type(self).__dataclass_fields__["warmup_fraction"].default
        if self.warmup_steps is not None and self.warmup_fraction != default:
            warn_useless("warmup_fraction", "warmup_steps is given and wins")

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


def warn_useless(name: str, reason: str) -> None:
    """Warn that the setting ``name`` has no effect, and why."""
    warnings.warn(
        f"{name} has no effect: {reason}. Leave it out.", UselessSettingWarning, stacklevel=3
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_natural(value: object) -> bool:
    return _is_count(value) or (value == 0 and isinstance(value, int))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_share(value: object) -> bool:
    return value == 0 or (_is_number(value) and value < 1)  # type: ignore[operator]


def _or_none(is_allowed: _Rule) -> _Rule:
    return lambda value: value is None or is_allowed(value)


def _one_of(names: Sequence[str]) -> tuple[_Rule, str]:
    return lambda value: value in names, "one of " + ", ".join(names)


_RULES: dict[str, tuple[_Rule, str]] = {
    "num_epochs batch_size batch_tokens accumulation log_every": (
        _is_count,
        "a whole number from 1 on",
    ),
    "max_steps evaluate_every checkpoint_every patience": (
        _or_none(_is_count),
        "a whole number from 1 on, or none",
    ),
    "warmup_steps": (_or_none(_is_natural), "0, 1, 2, … or none"),
    "seed": (_is_natural, "0, 1, 2, …"),
    "learning_rate epsilon": (_is_number, "a number above 0"),
    "max_gradient_norm": (_or_none(_is_number), "a number above 0, or none"),
    "layer_decay": (
        lambda value: _is_number(value) and value <= 1,
        "a number above 0 and at most 1",
    ),
    "weight_decay": (lambda value: value == 0 or _is_number(value), "a number, 0 or above"),
    "warmup_fraction": (_is_share, "a number from 0 to below 1"),
    "betas": (
        lambda values: len(values) == 2 and all(_is_share(value) for value in values),
        "two numbers from 0 to below 1",
    ),
    "schedule": _one_of(SCHEDULE_NAMES),
    "precision": _one_of(get_args(PrecisionName)),
    "sharding": _one_of(get_args(ShardingName)),
    "trackers": (
        lambda names: all(name in TRACKER_NAMES for name in names),
        "among " + ", ".join(TRACKER_NAMES),
    ),
    "compile energy progress": (lambda value: isinstance(value, bool), "true or false"),
}

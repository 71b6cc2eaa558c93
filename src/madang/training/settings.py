"""Every setting of a training run, checked before anything is loaded."""

import dataclasses
import warnings
from typing import Any, Literal

from madang import validation
from madang.validation import Count, Fraction, Natural, NotNegative, Positive, Share

ScheduleName = Literal["linear", "cosine", "inverse_square_root", "constant"]
PrecisionName = Literal["auto", "float32", "bfloat16"]
ShardingName = Literal["none", "fsdp2"]
TrackerName = Literal["tensorboard", "mlflow"]


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
    ``track_model``: MLflow is also given the finished checkpoint of a recipe.
    """

    num_epochs: Count = 3
    max_steps: Count | None = None
    batch_size: Count = 32
    batch_tokens: Count = 8192
    accumulation: Count = 1
    learning_rate: Positive = 5e-5
    schedule: ScheduleName = "linear"
    warmup_fraction: Fraction = 0.1
    warmup_steps: Natural | None = None
    weight_decay: NotNegative = 0.01
    layer_decay: Share = 1.0
    betas: tuple[Fraction, Fraction] = (0.9, 0.999)
    epsilon: Positive = 1e-8
    max_gradient_norm: Positive | None = 1.0
    precision: PrecisionName = "auto"
    sharding: ShardingName = "none"
    compile: bool = False
    evaluate_every: Count | None = None
    checkpoint_every: Count | None = None
    log_every: Count = 10
    patience: Count | None = None
    seed: Natural = 0
    trackers: tuple[TrackerName, ...] = ()
    track_model: bool = False
    energy: bool = True
    progress: bool = True

    def __post_init__(self) -> None:
        """Refuse a value of another type or out of range with ``SettingError``."""
        validation.check(self)
        default = type(self).__dataclass_fields__["warmup_fraction"].default
        if self.warmup_steps is not None and self.warmup_fraction != default:
            warn_useless("warmup_fraction", "warmup_steps is given and wins")
        if self.track_model and "mlflow" not in self.trackers:
            warn_useless("track_model", 'trackers does not name "mlflow"')

    def to_mapping(self) -> dict[str, Any]:
        """Return the settings as JSON can hold them."""
        return {
            key: list(value) if isinstance(value, tuple) else value
            for key, value in dataclasses.asdict(self).items()
        }


def warn_useless(name: str, reason: str) -> None:
    """Warn that the setting ``name`` has no effect, and why."""
    warnings.warn(
        f"{name} has no effect: {reason}. Leave it out.", UselessSettingWarning, stacklevel=3
    )

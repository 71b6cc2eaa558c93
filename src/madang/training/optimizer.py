"""AdamW, fused into one kernel, with weight decay only where it belongs.

Biases and normalisation weights are not decayed: they have one dimension, matrices have two.
Source: Loshchilov 2017, algorithm 2; the exclusion, Devlin 2018 (the released optimizer).
"""

from collections.abc import Callable, Mapping

from torch import Tensor, nn
from torch.optim import AdamW

from madang.errors import TrainingError
from madang.training.settings import TrainingSettings


def parameter_groups(model: nn.Module, *, weight_decay: float) -> list[dict[str, object]]:
    """Split the trainable parameters of ``model`` into decayed and not decayed ones.

    >>> decayed, kept = parameter_groups(nn.Linear(2, 3), weight_decay=0.1)
    >>> [tuple(p.shape) for p in decayed["params"]], [tuple(p.shape) for p in kept["params"]]
    ([(3, 2)], [(3,)])
    """
    trainable = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in trainable if p.ndim >= 2]
    vectors = [p for p in trainable if p.ndim < 2]
    groups: list[dict[str, object]] = [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def build_optimizer(model: nn.Module, settings: TrainingSettings) -> AdamW:
    """Return AdamW over the trainable parameters of ``model``.

    Raises ``TrainingError`` when nothing is trainable.
    """
    groups = parameter_groups(model, weight_decay=settings.weight_decay)
    if not groups:
        raise TrainingError(
            f"{type(model).__name__} has no parameter that asks for a gradient. "
            "Training needs at least one: set requires_grad on what should be trained."
        )
    return AdamW(
        groups,
        lr=settings.learning_rate,
        betas=settings.betas,
        eps=settings.epsilon,
        fused=True,
    )


def clip_factor(gradient_norm: float, *, max_norm: float | None) -> float:
    """Return what gradients are multiplied by so that their norm is at most ``max_norm``.

    >>> [clip_factor(norm, max_norm=1.0) for norm in (4.0, 0.5)], clip_factor(9.0, max_norm=None)
    ([0.25, 1.0], 1.0)
    """
    if max_norm is None or gradient_norm <= max_norm:
        return 1.0
    return max_norm / gradient_norm


def named_state(model: nn.Module, optimizer: AdamW) -> dict[str, Tensor]:
    """Return the moments and step counts of AdamW as tensors, named after the parameters."""
    state: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            state[f"{name}/{key}"] = value
    return state


def restore_state(
    model: nn.Module,
    optimizer: AdamW,
    state: Mapping[str, Tensor],
    *,
    part: Callable[[Tensor, nn.Parameter], Tensor] = lambda tensor, near: tensor.to(near.device),
) -> None:
    """Put back what ``named_state`` gave; ``part`` says what is kept of a parameter's tensor."""
    parameters = dict(model.named_parameters())
    for key, value in state.items():
        name, _, moment = key.rpartition("/")
        parameter = parameters[name]
        optimizer.state[parameter][moment] = part(value, parameter)

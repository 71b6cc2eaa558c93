"""AdamW, fused into one kernel, with weight decay only where it belongs.

Biases and normalisation weights are not decayed: they have one dimension, matrices have two.
Source: Loshchilov 2017, algorithm 2; the exclusion, Devlin 2018 (the released optimizer).
Lower layers of a trained network may learn more slowly than what is put on it: what they know is
more general (Howard 2018, section 3.2; by a constant factor a layer, Clark 2020, appendix A).
"""

import re
from collections.abc import Callable, Mapping, Sequence

from torch import Tensor, nn
from torch.optim import AdamW

from madang.errors import TrainingError
from madang.training.settings import TrainingSettings

# A stack of blocks has this name in every network; before it stands the name of its owner.
BLOCK = re.compile(r"((?:.*?\.)?)blocks\.(\d+)\.")


def parameter_groups(
    model: nn.Module, *, weight_decay: float, layer_decay: float = 1.0
) -> list[dict[str, object]]:
    """Split the trainable parameters of ``model`` into decayed and not decayed ones.

    With a ``layer_decay`` below 1, also by layer, the topmost first: ``scale`` is what a group's
    learning rate is multiplied by.

    >>> decayed, kept = parameter_groups(nn.Linear(2, 3), weight_decay=0.1)
    >>> [tuple(p.shape) for p in decayed["params"]], [tuple(p.shape) for p in kept["params"]]
    ([(3, 2)], [(3,)])
    """
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    if layer_decay == 1.0:
        return _split(named, weight_decay=weight_decay)
    num_below = num_layers_below([name for name, _ in named])
    groups: list[dict[str, object]] = []
    for steps in sorted(set(num_below.values())):
        layer = [(name, p) for name, p in named if num_below[name] == steps]
        groups += _split(layer, weight_decay=weight_decay, scale=layer_decay**steps)
    return groups


def num_layers_below(names: Sequence[str]) -> dict[str, int]:
    """Return, of each parameter, how many layers it stands below the head of its model.

    ``names`` are in the order of the modules. What the owner of a stack of blocks has before it
    feeds its first block; everything else reads its last one.

    >>> num_layers_below(["encoder.token.weight", "encoder.blocks.0.up", "classifier.bias"])
    {'encoder.token.weight': 2, 'encoder.blocks.0.up': 1, 'classifier.bias': 0}
    """
    found = [BLOCK.match(name) for name in names]
    num_blocks = 1 + max((int(match[2]) for match in found if match), default=-1)
    depths: dict[str, int] = {}
    feeds: tuple[str, ...] = ()
    # From the last to the first: the owners met so far are those of the stacks that come later.
    for name, match in zip(reversed(names), reversed(found), strict=True):
        if match:
            feeds = (*feeds, match[1])
            depths[name] = num_blocks - int(match[2])
        else:
            depths[name] = num_blocks + 1 if name.startswith(feeds) else 0
    return {name: depths[name] for name in names}


def _split(
    named: Sequence[tuple[str, nn.Parameter]], *, weight_decay: float, scale: float = 1.0
) -> list[dict[str, object]]:
    """Return the groups of matrices and of vectors that are not empty."""
    matrices = [p for _, p in named if p.ndim >= 2]
    vectors = [p for _, p in named if p.ndim < 2]
    groups: list[dict[str, object]] = [
        {"params": matrices, "weight_decay": weight_decay, "scale": scale},
        {"params": vectors, "weight_decay": 0.0, "scale": scale},
    ]
    return [group for group in groups if group["params"]]


def build_optimizer(model: nn.Module, settings: TrainingSettings) -> AdamW:
    """Return AdamW over the trainable parameters of ``model``.

    Raises ``TrainingError`` when nothing is trainable.
    """
    groups = parameter_groups(
        model, weight_decay=settings.weight_decay, layer_decay=settings.layer_decay
    )
    if not groups:
        raise TrainingError(
            f"{type(model).__name__} has no parameter that asks for a gradient. "
            "Training needs at least one: set requires_grad on what should be trained, or give a "
            "smaller encoder.frozen_layers in a recipe."
        )
    return AdamW(
        groups, lr=settings.learning_rate, betas=settings.betas, eps=settings.epsilon, fused=True
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

"""Activation functions under the names that Hugging Face configs give them."""

from collections.abc import Callable
from functools import partial

from torch import Tensor
from torch.nn import functional

from madang.errors import SettingError

Activation = Callable[[Tensor], Tensor]

_tanh_gelu = partial(functional.gelu, approximate="tanh")

ACTIVATIONS: dict[str, Activation] = {
    "gelu": functional.gelu,
    "gelu_new": _tanh_gelu,
    "gelu_pytorch_tanh": _tanh_gelu,
    "relu": functional.relu,
    "silu": functional.silu,
    "swish": functional.silu,
}


def activation(name: str) -> Activation:
    """Return the activation function of that name.

    Raises ``SettingError`` for a name that is not in ``ACTIVATIONS``.

    >>> activation("relu")(Tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    if name not in ACTIVATIONS:
        raise SettingError(
            f"The activation {name!r} is not known; known are {', '.join(sorted(ACTIVATIONS))}. "
            f"Choose one of these."
        )
    return ACTIVATIONS[name]

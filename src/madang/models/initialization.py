"""How weights start: matrices from a narrow normal distribution, offsets at zero, norms at one.

Source: Devlin 2018's released code (standard deviation 0.02); the other families follow it.
"""

from torch import nn


def initialize(part: nn.Module, *, std: float) -> None:
    """Draw the part's matrices anew from N(0, ``std``²) and set its offsets to zero."""
    for name, parameter in part.named_parameters():
        if parameter.ndim > 1:
            nn.init.normal_(parameter, std=std)
        elif name.endswith("bias"):
            nn.init.zeros_(parameter)

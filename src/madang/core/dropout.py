"""Dropout whose random numbers cost little on a CPU.

PyTorch draws 64 random bits for every element there, one after the other. In the training of a
small encoder that was over a quarter of the time (docs/decisions/dropout.md). Sixteen bits
an element are enough.

Source: Srivastava 2014, section 4, in its inverted form: what is kept is scaled up in training.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

LEVELS = 1 << 16
ELEMENTS_A_DRAW = 4


class Dropout(nn.Module):
    """Set each element to zero with probability ``p`` in training; see ``drop_out``."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, values: Tensor) -> Tensor:
        """Return ``values``, of any shape; outside of training unchanged."""
        return drop_out(values, self.p) if self.training else values

    def extra_repr(self) -> str:
        """Return what is shown of this module."""
        return f"p={self.p}"


def drop_out(values: Tensor, share: float) -> Tensor:
    """Return ``values`` with a random ``share`` set to zero and the rest scaled to the same mean.

    On a CPU the share is rounded to 1 / 65,536; the scale is that of the rounded one.
    """
    if share == 0.0:
        return values
    # A compiled block draws by a generator of its own, which is not slow.
    if values.device.type != "cpu" or torch.compiler.is_compiling():
        return functional.dropout(values, share)
    num_dropped = round(share * LEVELS)
    scale = LEVELS / (LEVELS - num_dropped)
    level = _random_levels(values.numel()).view(values.shape)
    keep = (level >= num_dropped - LEVELS // 2).to(values.dtype)
    return values * keep.mul_(scale)


def _random_levels(num_elements: int) -> Tensor:
    """Return uniform int16 numbers, (N,), out of the default generator."""
    num_draws = -(-num_elements // ELEMENTS_A_DRAW)
    # From the least int64 to the greatest: all 64 bits are random.
    draw = torch.empty(num_draws, dtype=torch.int64).random_(torch.iinfo(torch.int64).min, None)
    return draw.view(torch.int16)[:num_elements]

"""Positions that are added to the embeddings: learned and sinusoidal.

Sinusoids are laid out with all sines before all cosines, because that is how published weights are
kept. Rotary positions, which turn queries and keys inside attention, are in ``core.rotary``.
"""

import torch
from torch import Tensor, nn

from madang.errors import SettingError


def check_length(length: int, num_positions: int) -> None:
    """Raise ``SettingError`` when a text is longer than the positions a model has.

    An exported graph checks this when it looks the position up, so tracing skips it.
    """
    if not torch.compiler.is_exporting() and length > num_positions:
        raise SettingError(
            f"The input has {length} positions; this model has {num_positions}. "
            f"Cut the text to {num_positions} tokens, or train with more positions."
        )


class LearnedPosition(nn.Module):
    """A learned vector for each position (Devlin 2018, section 3)."""

    def __init__(self, num_positions: int, hidden_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(num_positions, hidden_size))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, length: int, *, start: int = 0) -> Tensor:
        """Return the vectors of positions ``start`` to ``start + length``, (T, D)."""
        check_length(start + length, self.weight.shape[0])
        return self.weight[start : start + length]


class SinusoidalPosition(nn.Module):
    """Fixed waves of falling frequency (Vaswani 2017, section 3.5): sines first, then cosines."""

    table_TD: Tensor

    def __init__(self, num_positions: int, hidden_size: int) -> None:
        super().__init__()
        position_T = torch.arange(num_positions, dtype=torch.float64)
        angle_TR = position_T[:, None] / periods(hidden_size, base=10_000.0)
        # An odd width keeps one more sine than cosines.
        table_TD = torch.cat([angle_TR.sin(), angle_TR.cos()], dim=-1)[:, :hidden_size]
        self.register_buffer("table_TD", table_TD.float(), persistent=False)

    def forward(self, length: int, *, start: int = 0) -> Tensor:
        """Return the vectors of positions ``start`` to ``start + length``, (T, D)."""
        check_length(start + length, self.table_TD.shape[0])
        return self.table_TD[start : start + length]


def periods(width: int, *, base: float) -> Tensor:
    """Return in how many positions each pair of ``width`` turns by one radian, (R,); in 64 bits.

    >>> periods(4, base=100.0).tolist()
    [1.0, 10.0]
    """
    return base ** (torch.arange(0, width, 2, dtype=torch.float64) / width)

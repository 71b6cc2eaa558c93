"""Positions: learned, sinusoidal, rotary.

The first two are added to the embeddings; the third turns queries and keys inside attention.
Sinusoids are laid out with all sines before all cosines and rotations in the half-split form
(coordinate i turns together with i + K/2), because that is how published weights are kept.
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
        angle_TR = _angles(num_positions, hidden_size, base=10_000.0)
        # An odd width keeps one more sine than cosines.
        table_TD = torch.cat([angle_TR.sin(), angle_TR.cos()], dim=-1)[:, :hidden_size]
        self.register_buffer("table_TD", table_TD.float(), persistent=False)

    def forward(self, length: int, *, start: int = 0) -> Tensor:
        """Return the vectors of positions ``start`` to ``start + length``, (T, D)."""
        check_length(start + length, self.table_TD.shape[0])
        return self.table_TD[start : start + length]


class RotaryPosition(nn.Module):
    """Turn each pair of coordinates by an angle that grows with the position.

    A turned query times a turned key then depends on their distance alone. The tables are
    computed once and shared by all layers. Source: Su 2021, section 3.2.
    """

    cosine_TK: Tensor
    sine_TK: Tensor

    def __init__(self, num_positions: int, head_size: int, *, base: float = 10_000.0) -> None:
        super().__init__()
        angle_TR = _angles(num_positions, head_size, base=base)
        angle_TK = torch.cat([angle_TR, angle_TR], dim=-1)
        self.register_buffer("cosine_TK", angle_TK.cos().float(), persistent=False)
        self.register_buffer("sine_TK", angle_TK.sin().float(), persistent=False)

    def forward(self, vector_BHTK: Tensor, *, start: int = 0) -> Tensor:
        """Turn queries or keys that stand at positions ``start`` and on, (B, H, T, K)."""
        end = start + vector_BHTK.shape[2]
        check_length(end, self.cosine_TK.shape[0])
        cosine_TK = self.cosine_TK[start:end].to(vector_BHTK.dtype)
        sine_TK = self.sine_TK[start:end].to(vector_BHTK.dtype)
        first_BHTR, second_BHTR = vector_BHTK.chunk(2, dim=-1)
        quarter_turn_BHTK = torch.cat([-second_BHTR, first_BHTR], dim=-1)
        return vector_BHTK * cosine_TK + quarter_turn_BHTK * sine_TK


def _angles(num_positions: int, width: int, *, base: float) -> Tensor:
    """Return position times frequency, (T, R), R being half the width; in 64 bits."""
    position_T = torch.arange(num_positions, dtype=torch.float64)
    exponent_R = torch.arange(0, width, 2, dtype=torch.float64) / width
    return position_T[:, None] / base**exponent_R

"""Rotary positions, and how they are stretched to texts longer than those of the training.

Rotations are in the half-split form (coordinate i turns together with i + K/2), because that is how
published weights are kept. A scaling is data: it changes the periods of the training, and
``RotaryPosition`` is given it ready-made.
"""

import dataclasses
import math
from typing import ClassVar

import torch
from torch import Tensor, nn

from madang.core.position import check_length, periods


class RotaryScaling:
    """Lengthen the periods (R,) with which a model was trained; this one leaves them as they are.

    A period is the number of positions in which a pair of coordinates turns by one radian.
    """

    # Only a dynamic scaling depends on the length of the text.
    is_dynamic: ClassVar[bool] = False

    def __call__(self, period_R: Tensor, *, length: int) -> Tensor:
        """Return the periods (R,) of use, for a text of ``length`` positions."""
        return period_R


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinearScaling(RotaryScaling):
    """Make every period ``factor`` times as long (Chen 2023, position interpolation)."""

    factor: float

    def __call__(self, period_R: Tensor, *, length: int) -> Tensor:
        return period_R * self.factor


@dataclasses.dataclass(frozen=True, kw_only=True)
class DynamicScaling(RotaryScaling):
    """Make long periods longer, as far as the text is longer than those of the training.

    The base of the angles grows with the length ("dynamic NTK"; Peng 2023, section 3.3): the
    shortest period stays, the longest grows with the text. Keys in a cache keep the angles of the
    length at which they were written, as in ``transformers``.
    """

    is_dynamic: ClassVar[bool] = True

    factor: float
    original_positions: int

    def __call__(self, period_R: Tensor, *, length: int) -> Tensor:
        excess = max(length / self.original_positions, 1.0) - 1.0
        # (base · s^(K/(K-2)))^(2r/K) is the old period times s^(r/(R-1)), where K = 2R.
        exponent_R = torch.arange(len(period_R), dtype=torch.float64) / max(1, len(period_R) - 1)
        return period_R * (1.0 + self.factor * excess) ** exponent_R


@dataclasses.dataclass(frozen=True, kw_only=True)
class PartwiseScaling(RotaryScaling):
    """Make long periods ``factor`` times as long, keep short ones, with a ramp between them.

    A period is long where a text of the training holds fewer than ``low_freq_factor`` turns of it,
    short where it holds more than ``high_freq_factor``. Source: "NTK by parts", Peng 2023, section
    3.2, in the form of the code of Grattafiori 2024.
    """

    factor: float
    low_freq_factor: float
    high_freq_factor: float
    original_positions: int

    def __call__(self, period_R: Tensor, *, length: int) -> Tensor:
        num_turns_R = self.original_positions / (2 * math.pi * period_R)
        low, high = self.low_freq_factor, self.high_freq_factor
        kept_R = ((num_turns_R - low) / (high - low)).clamp(0.0, 1.0)
        return 1.0 / (kept_R / period_R + (1.0 - kept_R) / (period_R * self.factor))


class RotaryPosition(nn.Module):
    """Turn each pair of coordinates by an angle that grows with the position.

    A turned query times a turned key then depends on their distance alone. The tables are
    computed once and shared by all layers. Source: Su 2021, section 3.2.
    """

    cosine_TK: Tensor
    sine_TK: Tensor

    def __init__(
        self,
        num_positions: int,
        head_size: int,
        *,
        base: float = 10_000.0,
        scaling: RotaryScaling | None = None,
    ) -> None:
        super().__init__()
        self.num_positions = num_positions
        self.period_R = periods(head_size, base=base)
        self.scaling = scaling or RotaryScaling()
        cosine_TK, sine_TK = self._turns(0, 0 if self.scaling.is_dynamic else num_positions)
        self.register_buffer("cosine_TK", cosine_TK, persistent=False)
        self.register_buffer("sine_TK", sine_TK, persistent=False)

    def forward(self, vector_BHTK: Tensor, *, start: int = 0) -> Tensor:
        """Turn queries or keys that stand at positions ``start`` and on, (B, H, T, K)."""
        end = start + vector_BHTK.shape[2]
        check_length(end, self.num_positions)
        if self.scaling.is_dynamic:
            cosine_TK, sine_TK = self._turns(start, end)
        else:
            cosine_TK, sine_TK = self.cosine_TK[start:end], self.sine_TK[start:end]
        cosine_TK, sine_TK = cosine_TK.to(vector_BHTK), sine_TK.to(vector_BHTK)
        first_BHTR, second_BHTR = vector_BHTK.chunk(2, dim=-1)
        quarter_turn_BHTK = torch.cat([-second_BHTR, first_BHTR], dim=-1)
        return vector_BHTK * cosine_TK + quarter_turn_BHTK * sine_TK

    def _turns(self, start: int, end: int) -> tuple[Tensor, Tensor]:
        """Return cosines and sines of positions ``start`` to ``end``, (T, K)."""
        period_R = self.scaling(self.period_R, length=end)
        # In 64 bits: at position 100,000 an angle of 32 bits is off by a hundredth of a radian.
        angle_TR = torch.arange(start, end, dtype=torch.float64)[:, None] / period_R
        angle_TK = torch.cat([angle_TR, angle_TR], dim=-1)
        return angle_TK.cos().float(), angle_TK.sin().float()

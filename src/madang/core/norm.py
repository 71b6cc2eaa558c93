"""Normalisation of each position's vector: layer norm, and its cheaper root-mean-square form.

Layer norm (Ba 2016) is PyTorch's own, ``torch.nn.LayerNorm``. The root-mean-square norm is written
out because its statistics must stay in 32 bits when the surrounding computation is in 16.
"""

import torch
from torch import Tensor, nn


class RootMeanSquareNorm(nn.Module):
    """Divide each vector by its root mean square, then scale each coordinate by a learned weight.

    No mean is subtracted and no offset added. Source: Zhang and Sennrich 2019, equation 4;
    Touvron 2023, section 2.2.
    """

    def __init__(self, hidden_size: int, *, eps: float = 1e-6) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(hidden_size))
        self.eps = eps

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return the normalised vectors in the type that came in, (B, T, D)."""
        wide_BTD = hidden_BTD.float()
        mean_square_BT1 = wide_BTD.pow(2).mean(dim=-1, keepdim=True)
        unit_BTD = wide_BTD * torch.rsqrt(mean_square_BT1 + self.eps)
        return self.weight * unit_BTD.to(hidden_BTD.dtype)

"""The position-wise feed-forward part, plain and gated."""

from torch import Tensor, nn

from madang.core.activation import Activation
from madang.core.dropout import Dropout


class FeedForward(nn.Module):
    """Two linear maps with an activation between them (Vaswani 2017, equation 2)."""

    def __init__(
        self,
        *,
        hidden_size: int,
        intermediate_size: int,
        activation: Activation,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.up = nn.Linear(hidden_size, intermediate_size)
        self.down = nn.Linear(intermediate_size, hidden_size)
        self.activation = activation
        self.dropout = Dropout(dropout)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return the transformed vectors, (B, T, D)."""
        wide_BTF = self.dropout(self.activation(self.up(hidden_BTD)))
        changed_BTD: Tensor = self.down(wide_BTF)
        return changed_BTD


class GatedFeedForward(nn.Module):
    """A feed-forward part whose activated gate multiplies a second linear map.

    Source: Shazeer 2020, equation 6 (SwiGLU with ``silu``); Touvron 2023, section 2.2.
    """

    def __init__(
        self,
        *,
        hidden_size: int,
        intermediate_size: int,
        activation: Activation,
        has_bias: bool = False,
    ) -> None:
        super().__init__()
        self.gate = nn.Linear(hidden_size, intermediate_size, bias=has_bias)
        self.up = nn.Linear(hidden_size, intermediate_size, bias=has_bias)
        self.down = nn.Linear(intermediate_size, hidden_size, bias=has_bias)
        self.activation = activation

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return the transformed vectors, (B, T, D)."""
        gated_BTF = self.activation(self.gate(hidden_BTD)) * self.up(hidden_BTD)
        changed_BTD: Tensor = self.down(gated_BTF)
        return changed_BTD

"""The transformer block: parts on a residual stream, with the norm's place as data.

A part is wrapped by two norms of which one is usually the identity: with the norm before the part
the block is pre-norm, with the norm after the sum it is post-norm (Xiong 2020, figure 1). The
block itself never asks which.
"""

from typing import Any

from torch import Tensor, nn

from madang.core.attention import Attention
from madang.core.cache import KeyValues, LayerCache
from madang.core.dropout import Dropout
from madang.core.mask import EVERYTHING, AttentionMask


class Residual(nn.Module):
    """Add a part's output to its input: ``norm_after(x + dropout(part(norm_before(x))))``."""

    def __init__(
        self,
        part: nn.Module,
        *,
        norm_before: nn.Module | None = None,
        norm_after: nn.Module | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.part = part
        self.norm_before = norm_before or nn.Identity()
        self.norm_after = norm_after or nn.Identity()
        self.dropout = Dropout(dropout)

    def forward(self, hidden_BTD: Tensor, **arguments: Any) -> Tensor:
        """Return the stream after this part, (B, T, D); the part also gets ``arguments``."""
        change_BTD = self.dropout(self.part(self.norm_before(hidden_BTD), **arguments))
        summed_BTD: Tensor = self.norm_after(hidden_BTD + change_BTD)
        return summed_BTD


class Block(nn.Module):
    """Self-attention, then attention to a memory where there is one, then feed-forward."""

    def __init__(
        self,
        *,
        attention: Residual,
        feed_forward: Residual,
        cross_attention: Residual | None = None,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.cross_attention = cross_attention
        self.feed_forward = feed_forward

    def forward(
        self,
        hidden_BTD: Tensor,
        *,
        mask: AttentionMask = EVERYTHING,
        cache: LayerCache | None = None,
        memory: KeyValues | None = None,
        memory_mask: AttentionMask = EVERYTHING,
    ) -> Tensor:
        """Return the stream after this block, (B, T, D)."""
        hidden_BTD = self.attention(hidden_BTD, mask=mask, cache=cache)
        if self.cross_attention is not None:
            hidden_BTD = self.cross_attention(hidden_BTD, mask=memory_mask, memory=memory)
        output_BTD: Tensor = self.feed_forward(hidden_BTD)
        return output_BTD

    def memory_key_values(self, memory_BSD: Tensor) -> KeyValues:
        """Return the keys and values of a memory, computed once for all steps."""
        assert self.cross_attention is not None, "only a block with cross-attention has a memory"
        assert isinstance(self.cross_attention.part, Attention)
        return self.cross_attention.part.key_values(memory_BSD)

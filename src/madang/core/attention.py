"""Multi-head attention: to itself or to a memory, with grouped key-value heads and a cache.

One class serves all of these because they differ in where keys and values come from, not in what
is done with them. The product itself is PyTorch's ``scaled_dot_product_attention``
except where that is slow. Queries, keys and values are three projections, because published weights
keep them apart; training multiplies by the three at once, which reads and casts the input once.

Source: Vaswani 2017, section 3.2; grouped heads: Ainslie 2023, section 2.2.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.core.cache import KeyValues, LayerCache
from madang.core.dropout import drop_out
from madang.core.mask import EVERYTHING, AttentionMask, causal_matrix
from madang.core.rotary import RotaryPosition
from madang.errors import SettingError


class Attention(nn.Module):
    """Give each position a weighted sum of the values that it may see.

    ``num_key_value_heads`` heads of keys and values are shared by ``num_heads`` query heads.
    ``rotary`` turns queries and keys by their position. Raises ``SettingError`` when the heads do
    not divide the width or the key-value heads do not divide the heads.
    """

    def __init__(
        self,
        *,
        hidden_size: int,
        num_heads: int,
        num_key_value_heads: int | None = None,
        head_size: int | None = None,
        has_bias: bool = True,
        dropout: float = 0.0,
        rotary: RotaryPosition | None = None,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.num_key_value_heads = num_key_value_heads or num_heads
        if head_size is None and hidden_size % num_heads:
            raise SettingError(
                f"A width of {hidden_size} can not be split into {num_heads} heads. "
                f"Choose a width that is a multiple of the number of heads."
            )
        if num_heads % self.num_key_value_heads:
            raise SettingError(
                f"{num_heads} query heads can not share {self.num_key_value_heads} key-value "
                f"heads evenly. Choose a number of key-value heads that divides {num_heads}."
            )
        head_size = head_size or hidden_size // num_heads
        key_value_size = self.num_key_value_heads * head_size
        self.query = nn.Linear(hidden_size, num_heads * head_size, bias=has_bias)
        self.key = nn.Linear(hidden_size, key_value_size, bias=has_bias)
        self.value = nn.Linear(hidden_size, key_value_size, bias=has_bias)
        self.output = nn.Linear(num_heads * head_size, hidden_size, bias=has_bias)
        self.dropout = dropout
        self.rotary = rotary

    def key_values(self, source_BSD: Tensor, *, start: int = 0) -> KeyValues:
        """Return the keys and values of ``source_BSD``, whose positions begin at ``start``."""
        key_BGSK = _split(self.key(source_BSD), self.num_key_value_heads)
        value_BGSK = _split(self.value(source_BSD), self.num_key_value_heads)
        if self.rotary is not None:
            key_BGSK = self.rotary(key_BGSK, start=start)
        return KeyValues(key_BGSK, value_BGSK)

    def forward(
        self,
        hidden_BTD: Tensor,
        *,
        mask: AttentionMask = EVERYTHING,
        memory: KeyValues | None = None,
        cache: LayerCache | None = None,
    ) -> Tensor:
        """Return the weighted sum of each query, (B, T, D).

        Keys and values are ``memory`` where it is given (cross-attention), else those of
        ``hidden_BTD`` itself, behind those that are in ``cache``.
        """
        if self.training and memory is None and cache is None and self.rotary is None:
            query_BHTK, memory = self._project_at_once(hidden_BTD)
            return self._attend(query_BHTK, memory, mask=mask)
        start = 0 if cache is None else cache.num_positions
        query_BHTK = _split(self.query(hidden_BTD), self.num_heads)
        if self.rotary is not None:
            query_BHTK = self.rotary(query_BHTK, start=start)
        if memory is None:
            memory = self.key_values(hidden_BTD, start=start)
            if cache is not None:
                memory = cache.extend(memory)
        return self._attend(query_BHTK, memory, mask=mask)

    def _project_at_once(self, hidden_BTD: Tensor) -> tuple[Tensor, KeyValues]:
        """Return queries, keys and values out of one product."""
        projections = (self.query, self.key, self.value)
        has_bias = self.query.bias is not None
        joined = functional.linear(
            hidden_BTD,
            torch.cat([part.weight for part in projections]),
            torch.cat([part.bias for part in projections]) if has_bias else None,
        )
        sizes = [part.out_features for part in projections]
        query, key, value = torch.split(joined, sizes, dim=-1)
        key_BGSK = _split(key, self.num_key_value_heads)
        value_BGSK = _split(value, self.num_key_value_heads)
        return _split(query, self.num_heads), KeyValues(key_BGSK, value_BGSK)

    def _attend(self, query_BHTK: Tensor, memory: KeyValues, *, mask: AttentionMask) -> Tensor:
        """Return the values weighted by how well their keys fit (Vaswani 2017, equation 1)."""
        dropout = self.dropout if self.training else 0.0
        has_gradient = torch.is_grad_enabled() and query_BHTK.requires_grad
        if has_gradient and query_BHTK.dtype == torch.bfloat16 and query_BHTK.device.type == "cpu":
            context_BHTK = attention_by_products(query_BHTK, memory, mask=mask, dropout=dropout)
        else:
            context_BHTK = functional.scaled_dot_product_attention(
                query_BHTK,
                memory.key_BGSK,
                memory.value_BGSK,
                attn_mask=mask.visible,
                is_causal=mask.is_causal,
                dropout_p=dropout,
                enable_gqa=query_BHTK.shape[1] != memory.key_BGSK.shape[1],
            )
        context_BTD: Tensor = self.output(context_BHTK.transpose(1, 2).flatten(2))
        return context_BTD


def _split(vectors: Tensor, num_heads: int) -> Tensor:
    """Split (B, T, H·K) into heads, (B, H, T, K)."""
    num_texts, length, width = vectors.shape
    return vectors.view(num_texts, length, num_heads, width // num_heads).transpose(1, 2)


def attention_by_products(
    query_BHTK: Tensor, memory: KeyValues, *, mask: AttentionMask, dropout: float = 0.0
) -> Tensor:
    """Do what ``scaled_dot_product_attention`` does, as plain matrix products.

    On a CPU in bfloat16 the backward pass of PyTorch's kernel takes three to seven times as long as
    that of these products (64 to 128 positions, heads of 32 and 64; PyTorch 2.13), so training
    there uses them.
    """
    num_shared = query_BHTK.shape[1] // memory.key_BGSK.shape[1]
    key_BHSK, value_BHSK = (
        part.repeat_interleave(num_shared, dim=1) if num_shared > 1 else part for part in memory
    )
    weight_BHTS = attention_weights(query_BHTK, key_BHSK, mask=mask)
    return drop_out(weight_BHTS, dropout) @ value_BHSK


def attention_weights(query_BHTK: Tensor, key_BHSK: Tensor, *, mask: AttentionMask) -> Tensor:
    """Return how much each query sees of each key, (B, H, T, S): rows that sum to 1."""
    score_BHTS = query_BHTK @ key_BHSK.transpose(-2, -1) * query_BHTK.shape[-1] ** -0.5
    visible = mask.visible
    if mask.is_causal:
        visible = causal_matrix(*score_BHTS.shape[2:], device=score_BHTS.device)
    if visible is not None:
        # Not minus infinity: a row that may see nothing must stay a number.
        score_BHTS = score_BHTS.masked_fill(~visible, torch.finfo(score_BHTS.dtype).min)
    weight_BHTS: Tensor = score_BHTS.softmax(dim=-1)
    return weight_BHTS

"""An encoder-decoder: a text is encoded, and another one is generated with attention to it.

Source: Vaswani 2017, section 3: post-norm blocks, sinusoidal positions, one embedding for both
halves and the output (section 3.4).
"""

import math
from collections.abc import Sequence
from typing import ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import LayerNorm, functional

from madang.core.activation import activation
from madang.core.attention import Attention
from madang.core.block import Block, Residual
from madang.core.cache import Cache, KeyValues
from madang.core.dropout import Dropout
from madang.core.feed_forward import FeedForward
from madang.core.mask import causal_mask, padding_mask
from madang.core.position import SinusoidalPosition
from madang.models.model import Model, initialize
from madang.models.seq2seq.config import Seq2SeqConfig


class Seq2Seq(Model):
    """Score the next token of a text that is being written from another one."""

    architecture: ClassVar[str] = "MarianMTModel"
    family: ClassVar[str] = "seq2seq"
    config: Seq2SeqConfig

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocab_size, config.d_model)
        self.position = SinusoidalPosition(config.max_position_embeddings, config.d_model)
        self.scale = math.sqrt(config.d_model) if config.scale_embedding else 1.0
        self.dropout = Dropout(config.dropout)
        self.encoder = nn.ModuleList(_encoder_block(config) for _ in range(config.encoder_layers))
        self.decoder = nn.ModuleList(_decoder_block(config) for _ in range(config.decoder_layers))
        initialize(self, std=config.init_std)
        self.bias_1V = nn.Parameter(torch.zeros(1, config.vocab_size))

    def forward(
        self,
        input_ids: Tensor,
        decoder_input_ids: Tensor,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
    ) -> Tensor:
        """Return the scores of each next token, (B, T, V).

        ``input_ids`` (B, S) is the text to read, ``decoder_input_ids`` (B, T) the one written so
        far, its start token first; the masks have 1 at tokens and 0 at padding.
        """
        memories = self.read(input_ids, attention_mask)
        return self.write(
            decoder_input_ids,
            memories,
            attention_mask=attention_mask,
            decoder_attention_mask=decoder_attention_mask,
        )

    def encode(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the vectors of the text to read, (B, S, D)."""
        hidden_BSD = self._embed(input_ids)
        mask = padding_mask(attention_mask)
        for block in self.encoder:
            hidden_BSD = block(hidden_BSD, mask=mask)
        return hidden_BSD

    def read(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> list[KeyValues]:
        """Return the keys and values of the text to read, for each block of the decoder."""
        memory_BSD = self.encode(input_ids, attention_mask)
        return [cast(Block, block).memory_key_values(memory_BSD) for block in self.decoder]

    def write(
        self,
        decoder_input_ids: Tensor,
        memories: Sequence[KeyValues],
        *,
        attention_mask: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Return the scores of each next token, (B, T, V), given what ``read`` returned.

        With a ``cache`` (see ``new_cache``) only tokens not seen before are passed, and it grows.
        """
        length = decoder_input_ids.shape[1]
        num_past = 0 if cache is None else cache.num_positions
        mask = causal_mask(length, num_past=num_past, attention_mask=decoder_attention_mask)
        memory_mask = padding_mask(attention_mask)
        hidden_BTD = self._embed(decoder_input_ids, start=num_past)
        layers = cache.layers if cache is not None else [None] * len(self.decoder)
        for block, memory, layer in zip(self.decoder, memories, layers, strict=True):
            hidden_BTD = block(
                hidden_BTD, mask=mask, cache=layer, memory=memory, memory_mask=memory_mask
            )
        return functional.linear(hidden_BTD, self.token.weight, self.bias_1V[0])

    def new_cache(self, capacity: int | None = None) -> Cache:
        """Return an empty cache for ``write``, with room for ``capacity`` tokens or all it can."""
        most = self.config.max_position_embeddings
        return Cache(len(self.decoder), capacity=capacity or most)

    def _embed(self, ids_BT: Tensor, *, start: int = 0) -> Tensor:
        position_TD = self.position(ids_BT.shape[1], start=start)
        hidden_BTD: Tensor = self.dropout(self.token(ids_BT) * self.scale + position_TD)
        return hidden_BTD


def _encoder_block(config: Seq2SeqConfig) -> Block:
    attention = _attention(config, num_heads=config.encoder_attention_heads)
    return Block(attention=attention, feed_forward=_feed_forward(config, config.encoder_ffn_dim))


def _decoder_block(config: Seq2SeqConfig) -> Block:
    return Block(
        attention=_attention(config, num_heads=config.decoder_attention_heads),
        cross_attention=_attention(config, num_heads=config.decoder_attention_heads),
        feed_forward=_feed_forward(config, config.decoder_ffn_dim),
    )


def _attention(config: Seq2SeqConfig, *, num_heads: int) -> Residual:
    dropout = config.attention_dropout
    part = Attention(hidden_size=config.d_model, num_heads=num_heads, dropout=dropout)
    return _residual(config, part)


def _feed_forward(config: Seq2SeqConfig, intermediate_size: int) -> Residual:
    part = FeedForward(
        hidden_size=config.d_model,
        intermediate_size=intermediate_size,
        activation=activation(config.activation_function),
        dropout=config.activation_dropout,
    )
    return _residual(config, part)


def _residual(config: Seq2SeqConfig, part: nn.Module) -> Residual:
    return Residual(part, norm_after=LayerNorm(config.d_model), dropout=config.dropout)

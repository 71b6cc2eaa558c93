"""LLaMA: a pre-norm decoder with rotary positions, root-mean-square norms and gated parts.

Source: Touvron 2023, section 2.2; grouped key-value heads: Ainslie 2023.
"""

from typing import ClassVar

from torch import Tensor, nn
from torch.nn import functional

from madang.core.activation import activation
from madang.core.attention import Attention
from madang.core.block import Block, Residual
from madang.core.cache import Cache
from madang.core.feed_forward import GatedFeedForward
from madang.core.mask import causal_mask
from madang.core.norm import RootMeanSquareNorm
from madang.core.rotary import (
    DynamicScaling,
    LinearScaling,
    PartwiseScaling,
    RotaryPosition,
    RotaryScaling,
)
from madang.errors import SettingError
from madang.models.llama.config import LlamaConfig
from madang.models.model import Model, initialize


class Llama(Model):
    """Score the next token of a text."""

    architecture: ClassVar[str] = "LlamaForCausalLM"
    family: ClassVar[str] = "llama"
    config: LlamaConfig

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        head_size = config.head_dim or config.hidden_size // config.num_attention_heads
        rotary = RotaryPosition(
            config.num_positions, head_size, base=config.rope_theta, scaling=_scaling(config)
        )
        self.token = nn.Embedding(config.vocab_size, config.hidden_size)
        self.blocks = nn.ModuleList(
            _block(config, rotary=rotary, head_size=head_size)
            for _ in range(config.num_hidden_layers)
        )
        self.norm = RootMeanSquareNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.output = None
        if not config.tie_word_embeddings:
            self.output = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        initialize(self, std=config.initializer_range)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, *, cache: Cache | None = None
    ) -> Tensor:
        """Return the scores of each next token, (B, T, V).

        ``input_ids`` (B, T); ``attention_mask`` (B, T) has 1 at tokens and 0 at padding, which
        may stand on either side. With a ``cache`` (see ``new_cache``) only tokens not seen before
        are passed, the mask still covers all, and the cache grows.
        """
        return self.score(self.read(input_ids, attention_mask, cache=cache))

    def read(
        self, input_ids: Tensor, attention_mask: Tensor | None = None, *, cache: Cache | None = None
    ) -> Tensor:
        """Return the hidden vectors, (B, T, D); arguments as for ``forward``."""
        if self.config.is_dynamic and attention_mask is not None and not attention_mask.all():
            # The angles of a text would be those of the longest one beside it.
            raise SettingError(
                "Texts of different lengths can not share a batch where rotary positions are "
                "scaled dynamically. Give texts of the same length, or one at a time."
            )
        num_past = 0 if cache is None else cache.num_positions
        mask = causal_mask(input_ids.shape[1], num_past=num_past, attention_mask=attention_mask)
        hidden_BTD: Tensor = self.token(input_ids)
        layers = cache.layers if cache is not None else [None] * len(self.blocks)
        for block, layer in zip(self.blocks, layers, strict=True):
            hidden_BTD = block(hidden_BTD, mask=mask, cache=layer)
        normed_BTD: Tensor = self.norm(hidden_BTD)
        return normed_BTD

    def score(self, hidden: Tensor) -> Tensor:
        """Return the scores (…, V) of hidden vectors (…, D); often only the last are wanted."""
        output = self.token if self.output is None else self.output
        return functional.linear(hidden, output.weight)

    def new_cache(self, capacity: int | None = None) -> Cache:
        """Return an empty cache with room for ``capacity`` tokens, or for all that it can read."""
        return Cache(len(self.blocks), capacity=capacity or self.config.num_positions)


def _scaling(config: LlamaConfig) -> RotaryScaling | None:
    if config.rope_scaling is None:
        return None
    numbers = dict(config.rope_scaling)
    kind = numbers.pop("rope_type")
    positions = numbers.pop("original_max_position_embeddings", config.max_position_embeddings)
    if kind == "linear":
        return LinearScaling(**numbers)
    scaling = DynamicScaling if kind == "dynamic" else PartwiseScaling
    return scaling(**numbers, original_positions=positions)


def _block(config: LlamaConfig, *, rotary: RotaryPosition, head_size: int) -> Block:
    def residual(part: nn.Module) -> Residual:
        norm = RootMeanSquareNorm(config.hidden_size, eps=config.rms_norm_eps)
        return Residual(part, norm_before=norm)

    return Block(
        attention=residual(
            Attention(
                hidden_size=config.hidden_size,
                num_heads=config.num_attention_heads,
                num_key_value_heads=config.num_key_value_heads,
                head_size=head_size,
                has_bias=config.attention_bias,
                dropout=config.attention_dropout,
                rotary=rotary,
            )
        ),
        feed_forward=residual(
            GatedFeedForward(
                hidden_size=config.hidden_size,
                intermediate_size=config.intermediate_size,
                activation=activation(config.hidden_act),
                has_bias=config.mlp_bias,
            )
        ),
    )

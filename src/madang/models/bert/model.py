"""BERT: a bidirectional post-norm encoder with learned positions.

Source: Devlin 2018, section 3. This file is the only one where BERT's config becomes arguments.
"""

import abc
from typing import Any, ClassVar, NamedTuple, Self

from torch import Tensor, nn
from torch.nn import LayerNorm

from madang.core.activation import activation
from madang.core.attention import Attention
from madang.core.block import Block, Residual
from madang.core.dropout import Dropout
from madang.core.feed_forward import FeedForward
from madang.core.mask import AttentionMask, padding_mask
from madang.core.position import LearnedPosition
from madang.errors import SettingError
from madang.models.bert.config import BertConfig
from madang.models.model import Model, initialize


class Pooler(nn.Module):
    """One vector for a text: its first position's, through a linear map and tanh.

    Source: Devlin 2018, section 3.1 (next-sentence prediction).
    """

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(hidden_size, hidden_size)

    def forward(self, hidden_BTD: Tensor) -> Tensor:
        """Return the pooled vectors, (B, D)."""
        pooled_BD: Tensor = self.dense(hidden_BTD[:, 0]).tanh()
        return pooled_BD


class EncoderOutput(NamedTuple):
    """What an encoder makes of a batch, under the names that KoBERT's documentation gives them.

    ``sequence_output`` (B, T, D) has a vector a token, ``pooled_output`` (B, D) one a text; it is
    ``None`` where the encoder has no pooler. A pair, because programs unpack it: a lone tensor of
    two texts would be unpacked into the texts, without an error.
    """

    sequence_output: Tensor
    pooled_output: Tensor | None


class BertEncoder(Model):
    """Turn token ids into one vector a token that knows its whole text.

    A call gives the pair that programs for BERT unpack; heads go on from ``encode``.
    """

    architecture: ClassVar[str] = "BertModel"
    family: ClassVar[str] = "bert"
    config: BertConfig

    def __init__(self, config: BertConfig, *, pooler: Pooler | None = None) -> None:
        super().__init__()
        self.config = config
        self.token = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position = LearnedPosition(config.max_position_embeddings, config.hidden_size)
        self.token_type = nn.Embedding(config.type_vocab_size, config.hidden_size)
        self.norm = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = Dropout(config.hidden_dropout_prob)
        self.blocks = nn.ModuleList(_block(config) for _ in range(config.num_hidden_layers))
        self.pooler = pooler
        self._frozen: tuple[nn.Module, ...] = ()
        initialize(self, std=config.initializer_range)

    def freeze(self, num_layers: int) -> None:
        """Keep the embeddings and the first ``num_layers`` as they are, whatever is trained.

        They get no gradient and have no dropout, so that they compute in training what they will
        when they serve. Raises ``SettingError`` for more layers than there are.
        """
        if num_layers > len(self.blocks):
            raise SettingError(
                f"frozen_layers is {num_layers}, but the encoder has {len(self.blocks)}. Give 0 "
                f"(the embeddings alone) to {len(self.blocks)}."
            )
        embeddings = (self.token, self.position, self.token_type, self.norm, self.dropout)
        self._frozen = (*embeddings, *self.blocks[:num_layers])
        for part in self._frozen:
            part.requires_grad_(False)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Begin or end training; what is frozen stays as in use."""
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> EncoderOutput:
        """Return the vectors of the tokens, (B, T, D), and of the texts, (B, D).

        ``input_ids`` (B, T); ``attention_mask`` (B, T) has 1 at tokens and 0 at padding, and is
        left out where there is none; ``token_type_ids`` (B, T) default to 0. Raises
        ``SettingError`` for more tokens than the model has positions.
        """
        hidden_BTD = self.encode(input_ids, attention_mask, token_type_ids)
        return EncoderOutput(hidden_BTD, self.pooler(hidden_BTD) if self.pooler else None)

    def encode(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> Tensor:
        """Return the hidden vectors, (B, T, D), alone; arguments as for ``forward``."""
        return self.contextualize(self.embed(input_ids, token_type_ids), attention_mask)

    def embed(
        self,
        input_ids: Tensor,
        token_type_ids: Tensor | None = None,
        *,
        added_BTD: Tensor | None = None,
    ) -> Tensor:
        """Return what the first block reads, (B, T, D).

        ``added_BTD`` is what a head knows of the tokens beside their ids.
        """
        return self.place(self.token(input_ids), token_type_ids, added_BTD=added_BTD)

    def place(
        self,
        token_BTD: Tensor,
        token_type_ids: Tensor | None = None,
        *,
        added_BTD: Tensor | None = None,
    ) -> Tensor:
        """Return what the first block reads of tokens whose vectors are already looked up."""
        first_type_D = self.token_type.weight[0]
        type_BTD = first_type_D if token_type_ids is None else self.token_type(token_type_ids)
        summed_BTD = token_BTD + type_BTD + self.position(token_BTD.shape[1])
        if added_BTD is not None:
            summed_BTD = summed_BTD + added_BTD
        embedded_BTD: Tensor = self.dropout(self.norm(summed_BTD))
        return embedded_BTD

    def contextualize(self, hidden_BTD: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the hidden vectors that the blocks make of embeddings, (B, T, D)."""
        mask = self.build_mask(hidden_BTD.shape[1], attention_mask)
        for block in self.blocks:
            hidden_BTD = block(hidden_BTD, mask=mask)
        return hidden_BTD

    def build_mask(self, num_positions: int, attention_mask: Tensor | None) -> AttentionMask:
        """Return what each position may see; ``attention_mask`` is (B, T)."""
        return padding_mask(attention_mask)


class BertWithHead(Model):
    """An encoder with something on it; it has no pooler, but where the head puts one back."""

    family: ClassVar[str] = "bert"
    config: BertConfig

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__()
        encoder.pooler = None
        self.config = encoder.config
        self.encoder = encoder


class BertWithScores(BertWithHead):
    """A BERT whose head reads the vectors of the encoder and nothing else."""

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> Any:
        """Return what ``score`` makes of a batch of texts, (B, T) each."""
        return self.score(self.encoder.encode(input_ids, attention_mask, token_type_ids))

    @abc.abstractmethod
    def score(self, hidden_BTD: Tensor) -> Any:
        """Return the scores of the encoder's vectors."""


def _block(config: BertConfig) -> Block:
    def residual(part: nn.Module) -> Residual:
        return Residual(
            part,
            norm_after=LayerNorm(config.hidden_size, eps=config.layer_norm_eps),
            dropout=config.hidden_dropout_prob,
        )

    return Block(
        attention=residual(
            Attention(
                hidden_size=config.hidden_size,
                num_heads=config.num_attention_heads,
                dropout=config.attention_probs_dropout_prob,
            )
        ),
        feed_forward=residual(
            FeedForward(
                hidden_size=config.hidden_size,
                intermediate_size=config.intermediate_size,
                activation=activation(config.hidden_act),
            )
        ),
    )

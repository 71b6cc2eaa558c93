"""The head that guesses hidden tokens: BERT's pre-training, and BERT4Rec's whole task."""

from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import LayerNorm, functional

from madang.core.activation import activation
from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, BertWithHead
from madang.models.model import initialize


class MaskedTokenHead(nn.Module):
    """Score every token of the vocabulary against a position's transformed vector.

    The score matrix is the token embedding itself. Source: Devlin 2018, section 3.1.
    """

    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.activation = activation(config.hidden_act)
        self.norm = LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.bias = nn.Parameter(torch.empty(config.vocab_size))
        initialize(self, std=config.initializer_range)

    def forward(self, hidden: Tensor, embedding_VD: Tensor) -> Tensor:
        """Return the scores (…, V) of vectors (…, D)."""
        return functional.linear(self.transform(hidden), embedding_VD, self.bias)

    def transform(self, hidden: Tensor) -> Tensor:
        """Return the vectors (…, D) whose products with the embeddings are the scores."""
        transformed: Tensor = self.norm(self.activation(self.dense(hidden)))
        return transformed


class BertForMaskedTokens(BertWithHead):
    """Guess hidden tokens from both sides (Devlin 2018, section 3.1)."""

    architecture: ClassVar[str] = "BertForMaskedLM"

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__(encoder)
        self.head = MaskedTokenHead(encoder.config)

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        *,
        rows: Tensor | None = None,
    ) -> Tensor:
        """Return the scores of all positions, (B, T, V), or of ``rows`` alone, (N, V).

        ``rows`` (N) count through the flattened batch: row b·T + t is position t of text b.
        Scoring only what is masked saves most of the work of the largest matrix.
        """
        hidden = self.encoder.encode(input_ids, attention_mask, token_type_ids)
        if rows is not None:
            hidden = hidden.flatten(0, 1).index_select(0, rows)
        return self.score(hidden)

    def score(self, hidden: Tensor) -> Tensor:
        """Return the scores (…, V) of the encoder's vectors (…, D)."""
        scores: Tensor = self.head(hidden, self.encoder.token.weight)
        return scores

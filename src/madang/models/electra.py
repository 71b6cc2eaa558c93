"""Two encoders that learn together: one guesses hidden tokens, the other finds the wrong guesses.

The finder learns from every token instead of the hidden ones alone, and is what is kept. Both share
the token embeddings. Source: Clark 2020 (ELECTRA), section 2.
"""

import dataclasses

import torch
from torch import Tensor, nn

from madang.models.bert.heads.classification import BertForMaskedTokens, BertForTokenClassification
from madang.models.bert.model import BertEncoder


class Electra(nn.Module):
    """A small generator and the discriminator, which is the encoder that is wanted."""

    def __init__(self, encoder: BertEncoder, *, generator_layers: int) -> None:
        super().__init__()
        self.config = encoder.config
        small = dataclasses.replace(encoder.config, num_hidden_layers=generator_layers)
        self.generator = BertForMaskedTokens(BertEncoder(small))
        self.generator.encoder.token = encoder.token
        self.discriminator = BertForTokenClassification(encoder, num_labels=1)

    @property
    def encoder(self) -> BertEncoder:
        """The encoder that is kept."""
        return self.discriminator.encoder

    def forward(
        self, hidden_BT: Tensor, original_BT: Tensor, attention_mask: Tensor, *, rows: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the generator's scores (N, V), the finder's logits and what was replaced (B, T).

        ``hidden_BT`` has [MASK] at the flattened positions ``rows`` (N,). What the generator draws
        there and happens to be right counts as original. No gradient passes the draw.
        """
        scores_NV = self.generator(hidden_BT, attention_mask, rows=rows)
        with torch.no_grad():
            # The largest of scores with Gumbel noise is a draw from their softmax.
            noise_NV = torch.empty_like(scores_NV, dtype=torch.float32).exponential_()
            drawn_N = (scores_NV.float() - noise_NV.log()).argmax(-1)
            corrupt_BT = original_BT.flatten().index_copy(0, rows, drawn_N).view_as(original_BT)
            replaced_BT = corrupt_BT != original_BT
        logits_BT = self.discriminator(corrupt_BT, attention_mask).squeeze(-1)
        return scores_NV, logits_BT, replaced_BT

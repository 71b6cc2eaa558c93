"""The attention weights of a BERT's heads, recomputed beside the model.

The core uses a fused kernel that never holds the weights. For the explanation of one text they are
computed again, from the queries and keys of each block's input.
Source of the weights: Vaswani 2017, equation 1.
"""

import torch
from torch import Tensor

from madang.core.attention import Attention
from madang.core.block import Block
from madang.core.mask import padding_mask
from madang.models.bert.model import BertEncoder


def attention_maps(
    encoder: BertEncoder,
    input_ids: Tensor,
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
) -> list[Tensor]:
    """Return the attention weights of each block, (B, H, T, S).

    The weights of an asking position sum to 1, those of padding are 0. They are the weights in
    use: equal to ``output_attentions`` of Hugging Face's models.
    """
    hidden_BTD = encoder.embed(input_ids, token_type_ids)
    maps = []
    for block in encoder.blocks:
        assert isinstance(block, Block)
        attention = block.attention.part
        assert isinstance(attention, Attention)
        asking_BTD = block.attention.norm_before(hidden_BTD)
        maps.append(_weights(attention, asking_BTD, attention_mask))
        hidden_BTD = block(hidden_BTD, mask=padding_mask(attention_mask))
    return maps


def _weights(attention: Attention, hidden_BTD: Tensor, attention_mask: Tensor | None) -> Tensor:
    query_BHTK, key_BHSK = (
        part(hidden_BTD).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
        for part in (attention.query, attention.key)
    )
    score_BHTS = query_BHTK @ key_BHSK.transpose(-2, -1) * query_BHTK.shape[-1] ** -0.5
    if attention_mask is not None:
        hidden_B11S = ~attention_mask.bool()[:, None, None, :]
        score_BHTS = score_BHTS.masked_fill(hidden_B11S, torch.finfo(score_BHTS.dtype).min)
    weight_BHTS: Tensor = score_BHTS.softmax(dim=-1)
    return weight_BHTS

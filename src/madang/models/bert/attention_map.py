"""The attention weights of a BERT's heads, recomputed beside the model.

The core uses a fused kernel that never holds the weights. For the explanation of one text they are
computed again, from the queries and keys of each block's input.
Source of the weights: Vaswani 2017, equation 1.
"""

from torch import Tensor

from madang.core.attention import Attention, attention_weights
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
    mask = padding_mask(attention_mask)
    maps = []
    for block in encoder.blocks:
        assert isinstance(block, Block)
        attention = block.attention.part
        assert isinstance(attention, Attention)
        asking_BTD = block.attention.norm_before(hidden_BTD)
        query_BHTK, key_BHSK = (
            part(asking_BTD).unflatten(-1, (attention.num_heads, -1)).transpose(1, 2)
            for part in (attention.query, attention.key)
        )
        maps.append(attention_weights(query_BHTK, key_BHSK, mask=mask))
        hidden_BTD = block(hidden_BTD, mask=mask)
    return maps

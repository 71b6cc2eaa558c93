"""What a BERT knows within: the vectors after each block, and how its positions are related.

A relation is how alike the queries of two positions are, or their keys, or their values: a
distribution over all positions for each of them, which does not depend on how wide a network is or
how many heads it has. A student learns from it what its teacher's attention sees.
Source: Wang 2021 (MiniLMv2), section 3.1, equations 4 and 5.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from madang.core.attention import Attention
from madang.core.block import Block
from madang.models.bert.model import BertEncoder


class LayerReading(NamedTuple):
    """What the blocks of an encoder made of a batch.

    ``hidden`` has the vectors (B, T, D) after each block, ``projected`` the queries, the keys and
    the values (B, T, D) of one block, all heads beside each other.
    """

    hidden: list[Tensor]
    projected: tuple[Tensor, ...]


def read_layers(
    encoder: BertEncoder,
    input_ids: Tensor,
    attention_mask: Tensor | None = None,
    *,
    relation_layer: int,
) -> LayerReading:
    """Return what every block says of a batch (B, T); blocks are counted from 1."""
    assert 1 <= relation_layer <= len(encoder.blocks), "there is no such block"
    hidden_BTD = encoder.embed(input_ids)
    mask = encoder.build_mask(input_ids.shape[1], attention_mask)
    hidden: list[Tensor] = []
    projected: tuple[Tensor, ...] = ()
    for number, block in enumerate(encoder.blocks, start=1):
        assert isinstance(block, Block)
        if number == relation_layer:
            projected = _project(block, hidden_BTD)
        hidden_BTD = block(hidden_BTD, mask=mask)
        hidden.append(hidden_BTD)
    return LayerReading(hidden, projected)


def _project(block: Block, hidden_BTD: Tensor) -> tuple[Tensor, ...]:
    """Return the queries, keys and values that a block makes of what it reads."""
    attention = block.attention.part
    assert isinstance(attention, Attention)
    asking_BTD = block.attention.norm_before(hidden_BTD)
    return tuple(part(asking_BTD) for part in (attention.query, attention.key, attention.value))


def log_relation(
    vector_BTD: Tensor, attention_mask: Tensor | None = None, *, num_heads: int
) -> Tensor:
    """Return the log of how each position is related to the others, (B, R, T, T), in float32.

    The vectors are split into ``num_heads`` relation heads, however many the attention has.
    """
    num_texts, length, width = vector_BTD.shape
    split_BTRK = vector_BTD.float().view(num_texts, length, num_heads, width // num_heads)
    part_BRTK = split_BTRK.transpose(1, 2)
    # In bfloat16 the small differences that are learned at last would be rounded away.
    with torch.autocast(part_BRTK.device.type, enabled=False):
        score_BRTT = part_BRTK @ part_BRTK.transpose(-2, -1) * part_BRTK.shape[-1] ** -0.5
    if attention_mask is not None:
        is_hidden_B11T = ~attention_mask.bool()[:, None, None, :]
        # Not minus infinity: nothing times infinity is no number.
        score_BRTT = score_BRTT.masked_fill(is_hidden_B11T, torch.finfo(torch.float32).min)
    log_BRTT: Tensor = score_BRTT.log_softmax(dim=-1)
    return log_BRTT


def relation_divergence(
    teacher_BTD: Tensor,
    student_BTD: Tensor,
    attention_mask: Tensor | None = None,
    *,
    num_heads: int,
) -> Tensor:
    """Return how far the student's relations are from the teacher's, (B, T), 0 at padding.

    The divergence KL(teacher || student), the mean over the relation heads; the two may be of
    different widths.
    """
    teacher_BRTT, student_BRTT = (
        log_relation(vector_BTD, attention_mask, num_heads=num_heads)
        for vector_BTD in (teacher_BTD, student_BTD)
    )
    divergence_BRTT = functional.kl_div(
        student_BRTT, teacher_BRTT, reduction="none", log_target=True
    )
    divergence_BT = divergence_BRTT.sum(dim=-1).mean(dim=1)
    return divergence_BT if attention_mask is None else divergence_BT * attention_mask

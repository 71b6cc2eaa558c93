"""An encoder with fewer tokens: the rows of its table that a smaller tokenizer still names."""

import dataclasses
from collections.abc import Sequence

import torch

from madang.models.bert.model import BertEncoder, Pooler


def keep_tokens(encoder: BertEncoder, old_ids: Sequence[int], *, pad_id: int) -> BertEncoder:
    """Return an encoder whose token ``i`` has the vector that ``old_ids[i]`` has in ``encoder``.

    All else is the same, so a text of kept tokens gets the same vectors.
    """
    config = dataclasses.replace(encoder.config, vocab_size=len(old_ids), pad_token_id=pad_id)
    pooler = Pooler(config.hidden_size) if encoder.pooler is not None else None
    smaller = BertEncoder(config, pooler=pooler)
    weights = encoder.state_dict()
    weights["token.weight"] = weights["token.weight"][torch.tensor(old_ids)].clone()
    smaller.load_state_dict(weights)
    return smaller.eval()

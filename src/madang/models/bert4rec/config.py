"""BERT4Rec's numbers: BERT's names, the paper's sizes."""

import dataclasses
from typing import ClassVar

from madang.models.bert.config import BertConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class Bert4RecConfig(BertConfig):
    """The size and dropout of a BERT4Rec model; the defaults are Sun 2019, section 4.4.

    ``vocab_size`` counts the items and the special ids ``pad_token_id`` and ``mask_token_id``.
    The paper has no token types: the one type there is is a constant beside the positions, kept
    so that the file opens as a BERT.
    """

    model_type: ClassVar[str] = "bert"

    vocab_size: int = dataclasses.field()
    hidden_size: int = 64
    num_hidden_layers: int = 2
    num_attention_heads: int = 2
    intermediate_size: int = 256
    max_position_embeddings: int = 200
    type_vocab_size: int = 1
    mask_token_id: int = 1

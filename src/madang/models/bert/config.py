"""BERT's numbers, under Hugging Face's names."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from madang.models.config import ModelConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class BertConfig(ModelConfig):
    """The size and dropout of a BERT encoder; the defaults are BERT base (Devlin 2018)."""

    model_type: ClassVar[str] = "bert"
    fixed: ClassVar[Mapping[str, Any]] = {
        "position_embedding_type": "absolute",
        "is_decoder": False,
        "add_cross_attention": False,
        "tie_word_embeddings": True,
    }

    vocab_size: int = 30522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1
    classifier_dropout: float | None = None
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-12
    pad_token_id: int = 0


# BERT base over 8,002 SentencePiece pieces, of which [PAD] is the second: SKT's KoBERT (2019),
# trained on 5 million sentences of Korean Wikipedia. 92.2 million parameters with its pooler.
KOBERT = BertConfig(vocab_size=8002, pad_token_id=1)

"""BERT's numbers, under Hugging Face's names."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from madang.models.config import Layers, ModelConfig
from madang.validation import Count, Fraction, NotNegative, Positive


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

    vocab_size: Count = 30522
    hidden_size: Count = 768
    num_hidden_layers: Layers = 12
    num_attention_heads: Count = 12
    intermediate_size: Count = 3072
    hidden_act: str = "gelu"
    hidden_dropout_prob: Fraction = 0.1
    attention_probs_dropout_prob: Fraction = 0.1
    classifier_dropout: Fraction | None = None
    max_position_embeddings: Count = 512
    type_vocab_size: Count = 2
    initializer_range: NotNegative = 0.02
    layer_norm_eps: Positive = 1e-12
    pad_token_id: int = 0

    @property
    def head_dropout(self) -> float:
        """The dropout of what stands on the encoder: by default the encoder's own."""
        own = self.classifier_dropout
        return self.hidden_dropout_prob if own is None else own


# BERT base over 8,002 SentencePiece pieces, of which [PAD] is the second: SKT's KoBERT (2019),
# trained on 5 million sentences of Korean Wikipedia. 92.2 million parameters with its pooler.
KOBERT = BertConfig(vocab_size=8002, pad_token_id=1)

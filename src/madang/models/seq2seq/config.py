"""The numbers of the encoder and decoder, under Marian's names at Hugging Face."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar

from madang.errors import SettingError
from madang.models.config import Layers, ModelConfig
from madang.validation import Count, Fraction, NotNegative


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seq2SeqConfig(ModelConfig):
    """The size and dropout of both halves; the defaults are the base model of Vaswani 2017.

    ``scale_embedding`` multiplies embeddings by the square root of the width (section 3.4).
    Both languages share one vocabulary and one embedding, which also scores the output.
    """

    model_type: ClassVar[str] = "marian"
    fixed: ClassVar[Mapping[str, Any]] = {
        "share_encoder_decoder_embeddings": True,
        "tie_word_embeddings": True,
        "is_encoder_decoder": True,
        "static_position_embeddings": True,
        "normalize_before": False,
        "normalize_embedding": False,
        "add_final_layer_norm": False,
    }

    vocab_size: Count
    decoder_vocab_size: Count | None = None
    d_model: Count = 512
    encoder_layers: Layers = 6
    encoder_attention_heads: Count = 8
    encoder_ffn_dim: Count = 2048
    decoder_layers: Layers = 6
    decoder_attention_heads: Count = 8
    decoder_ffn_dim: Count = 2048
    activation_function: str = "relu"
    dropout: Fraction = 0.1
    attention_dropout: Fraction = 0.0
    activation_dropout: Fraction = 0.0
    max_position_embeddings: Count = 512
    scale_embedding: bool = True
    init_std: NotNegative = 0.02
    pad_token_id: int = 0
    eos_token_id: int = 3
    decoder_start_token_id: int = 0
    forced_eos_token_id: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decoder_vocab_size not in (None, self.vocab_size):
            raise SettingError(
                f"decoder_vocab_size = {self.decoder_vocab_size} beside vocab_size = "
                f"{self.vocab_size}; both halves share one vocabulary. Give the same number."
            )

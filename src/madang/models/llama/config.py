"""LLaMA's numbers, under Hugging Face's names."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from madang.errors import SettingError
from madang.models.config import ModelConfig
from madang.validation import Count, Fraction, NotNegative, Positive


@dataclasses.dataclass(frozen=True, kw_only=True)
class LlamaConfig(ModelConfig):
    """The size of a LLaMA decoder; the defaults are the 7B model (Touvron 2023, table 2).

    ``num_key_value_heads`` and ``head_dim`` follow from the others where they are left out.
    """

    model_type: ClassVar[str] = "llama"
    fixed: ClassVar[Mapping[str, Any]] = {"pretraining_tp": 1}

    vocab_size: Count = 32000
    hidden_size: Count = 4096
    intermediate_size: Count = 11008
    num_hidden_layers: Count = 32
    num_attention_heads: Count = 32
    num_key_value_heads: Count | None = None
    head_dim: Count | None = None
    hidden_act: str = "silu"
    max_position_embeddings: Count = 2048
    rope_theta: Positive = 10_000.0
    rms_norm_eps: Positive = 1e-6
    attention_bias: bool = False
    mlp_bias: bool = False
    attention_dropout: Fraction = 0.0
    tie_word_embeddings: bool = False
    initializer_range: NotNegative = 0.02
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    pad_token_id: int | None = None

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Build a config from ``config.json``; newer files keep the rotary base one level down.

        Raises ``SettingError`` for a value that is not implemented or out of range.
        """
        rotary = fields.get("rope_parameters") or fields.get("rope_scaling") or {}
        kind = rotary.get("rope_type", rotary.get("type", "default"))
        if kind != "default":
            raise SettingError(
                f"config.json has rotary positions of the type {kind!r}; only 'default' is "
                f"implemented. Use a checkpoint without scaled positions."
            )
        theta = {"rope_theta": float(rotary["rope_theta"])} if "rope_theta" in rotary else {}
        return super().from_fields({**fields, **theta})

    def to_fields(self) -> dict[str, Any]:
        """Return the fields of a ``config.json`` that opens elsewhere, in new and old versions."""
        rotary = {"rope_theta": self.rope_theta, "rope_type": "default"}
        return {**super().to_fields(), "rope_parameters": rotary}

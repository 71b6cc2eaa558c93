"""LLaMA's numbers, under Hugging Face's names."""

import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from madang.errors import SettingError
from madang.models.config import Layers, ModelConfig
from madang.validation import Count, Fraction, NotNegative, Positive

# How rotary positions reach beyond the texts of the training, and the numbers of each way.
SCALINGS = {
    "linear": ("factor",),
    "dynamic": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class LlamaConfig(ModelConfig):
    """The size of a LLaMA decoder; the defaults are the 7B model (Touvron 2023, table 2).

    ``num_key_value_heads`` and ``head_dim`` follow from the others where they are left out.
    ``rope_scaling``: a ``rope_type`` of ``SCALINGS`` and its numbers, ``None`` for none.
    """

    model_type: ClassVar[str] = "llama"
    fixed: ClassVar[Mapping[str, Any]] = {"pretraining_tp": 1}

    vocab_size: Count = 32000
    hidden_size: Count = 4096
    intermediate_size: Count = 11008
    num_hidden_layers: Layers = 32
    num_attention_heads: Count = 32
    num_key_value_heads: Count | None = None
    head_dim: Count | None = None
    hidden_act: str = "silu"
    max_position_embeddings: Count = 2048
    rope_theta: Positive = 10_000.0
    rope_scaling: Mapping[str, Any] | None = None
    rms_norm_eps: Positive = 1e-6
    attention_bias: bool = False
    mlp_bias: bool = False
    attention_dropout: Fraction = 0.0
    tie_word_embeddings: bool = False
    initializer_range: NotNegative = 0.02
    bos_token_id: int | None = 1
    eos_token_id: int | list[int] | None = 2
    pad_token_id: int | None = None

    @property
    def is_dynamic(self) -> bool:
        """Whether the angles of a text depend on its length."""
        return self.rope_scaling is not None and self.rope_scaling["rope_type"] == "dynamic"

    @property
    def num_positions(self) -> int:
        """How many tokens can be read: a dynamic scaling reaches beyond the training's."""
        factor = (self.rope_scaling or {})["factor"] if self.is_dynamic else 1
        return int(self.max_position_embeddings * factor)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Build a config from ``config.json``, where rotary positions are written in two ways.

        Raises ``SettingError`` for a value that is not implemented or out of range.
        """
        rotary = dict(fields.get("rope_parameters") or fields.get("rope_scaling") or {})
        theta = rotary.pop("rope_theta", fields.get("rope_theta", cls.rope_theta))
        old_kind = rotary.pop("type", "default")
        scaling = _read_scaling(rotary.pop("rope_type", old_kind), rotary)
        return super().from_fields({**fields, "rope_theta": float(theta), "rope_scaling": scaling})

    def to_fields(self) -> dict[str, Any]:
        """Return the fields of a ``config.json`` that opens elsewhere, in new and old versions."""
        fields = super().to_fields()
        scaling = fields.pop("rope_scaling") or {"rope_type": "default"}
        if scaling["rope_type"] != "default":
            fields["rope_scaling"] = scaling
        return {**fields, "rope_parameters": {"rope_theta": self.rope_theta, **scaling}}


def _read_scaling(kind: str, numbers: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return a scaling of a known kind with the numbers that belong to it, ``None`` for none."""
    if kind == "default":
        return None
    if kind not in SCALINGS:
        raise SettingError(
            f"config.json has rotary positions of the type {kind!r}; implemented are 'default', "
            f"{', '.join(map(repr, SCALINGS))}. Use a checkpoint with one of these."
        )
    wrong = [name for name in SCALINGS[kind] if not isinstance(numbers.get(name), int | float)]
    if wrong or numbers["factor"] < 1:
        raise SettingError(
            f"config.json has rotary positions of the type {kind!r} with {dict(numbers)}; needed "
            f"are the numbers {', '.join(SCALINGS[kind])}, a factor of at least 1. Correct it."
        )
    return {"rope_type": kind, **{name: numbers[name] for name in SCALINGS[kind]}}

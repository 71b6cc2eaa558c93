"""LLaMA in Hugging Face's files, both ways, as a ``LlamaForCausalLM``."""

from collections.abc import Collection, Mapping
from typing import Any

from madang.models.key_table import KeyTable
from madang.models.llama.config import LlamaConfig
from madang.models.llama.model import Llama

_BLOCK = KeyTable(
    {
        "attention.norm_before": "input_layernorm",
        "attention.part.query": "self_attn.q_proj",
        "attention.part.key": "self_attn.k_proj",
        "attention.part.value": "self_attn.v_proj",
        "attention.part.output": "self_attn.o_proj",
        "feed_forward.norm_before": "post_attention_layernorm",
        "feed_forward.part.gate": "mlp.gate_proj",
        "feed_forward.part.up": "mlp.up_proj",
        "feed_forward.part.down": "mlp.down_proj",
    },
    # Older files keep the rotary frequencies.
    ignored=[r"self_attn\.rotary_emb\.inv_freq"],
)
TABLES = {
    Llama.architecture: KeyTable(
        {"token": "model.embed_tokens", "norm": "model.norm", "output": "lm_head"},
        # Where the output is tied, a file may repeat it.
        ignored=[r"lm_head\.weight"],
    )
    | _BLOCK.under("blocks.{}.", "model.layers.{}.")
}


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Llama:
    """Return a fresh model of the size that ``config.json``'s fields give."""
    return Llama(LlamaConfig.from_fields(fields))

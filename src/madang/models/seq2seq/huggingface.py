"""The encoder and decoder in Hugging Face's files, both ways, as a ``MarianMTModel``."""

from collections.abc import Collection, Mapping
from typing import Any

from madang.models.key_table import KeyTable
from madang.models.seq2seq.config import Seq2SeqConfig
from madang.models.seq2seq.model import Seq2Seq


def _attention(ours: str, theirs: str) -> dict[str, str]:
    return {
        f"{ours}.part.query": f"{theirs}.q_proj",
        f"{ours}.part.key": f"{theirs}.k_proj",
        f"{ours}.part.value": f"{theirs}.v_proj",
        f"{ours}.part.output": f"{theirs}.out_proj",
        f"{ours}.norm_after": f"{theirs}_layer_norm",
    }


_ENCODER_BLOCK = KeyTable(
    {
        **_attention("attention", "self_attn"),
        "feed_forward.part.up": "fc1",
        "feed_forward.part.down": "fc2",
        "feed_forward.norm_after": "final_layer_norm",
    }
)
_DECODER_BLOCK = _ENCODER_BLOCK | KeyTable(_attention("cross_attention", "encoder_attn"))

TABLES = {
    Seq2Seq.architecture: KeyTable(
        {"token": "model.shared", "bias_1V": "final_logits_bias"},
        # Older files repeat the shared embedding and the sinusoids.
        ignored=[r"model\.(encoder|decoder)\.embed_(tokens|positions)\.weight", r"lm_head\.weight"],
    )
    | _ENCODER_BLOCK.under("encoder.{}.", "model.encoder.layers.{}.")
    | _DECODER_BLOCK.under("decoder.{}.", "model.decoder.layers.{}.")
}


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Seq2Seq:
    """Return a fresh model of the size that ``config.json``'s fields give."""
    return Seq2Seq(Seq2SeqConfig.from_fields(fields))

"""BERT and its heads in Hugging Face's files, both ways: one key table a model."""

from collections.abc import Collection, Mapping
from typing import Any

from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.heads import (
    BertForEvidenceClassification,
    BertForMaskedTokens,
    BertForSequenceClassification,
    BertForTokenClassification,
)
from madang.models.key_table import KeyTable
from madang.models.model import Model

_BLOCK = KeyTable(
    {
        "attention.part.query": "attention.self.query",
        "attention.part.key": "attention.self.key",
        "attention.part.value": "attention.self.value",
        "attention.part.output": "attention.output.dense",
        "attention.norm_after": "attention.output.LayerNorm",
        "feed_forward.part.up": "intermediate.dense",
        "feed_forward.part.down": "output.dense",
        "feed_forward.norm_after": "output.LayerNorm",
    }
)
_ENCODER = KeyTable(
    {
        "token": "embeddings.word_embeddings",
        "position": "embeddings.position_embeddings",
        "token_type": "embeddings.token_type_embeddings",
        "norm": "embeddings.LayerNorm",
        "pooler.dense": "pooler.dense",
    },
    ignored=[r"embeddings\.position_ids"],
) | _BLOCK.under("blocks.{}.", "encoder.layer.{}.")
_CLASSIFIER = _ENCODER.under("encoder.", "bert.") | KeyTable({"classifier": "classifier"})

MASKED_TOKENS = _ENCODER.under("encoder.", "bert.") | KeyTable(
    {
        "head.dense": "cls.predictions.transform.dense",
        "head.norm": "cls.predictions.transform.LayerNorm",
        "head.bias": "cls.predictions.bias",
    },
    # Older files repeat the tied matrix and its offset.
    ignored=[r"cls\.predictions\.decoder\.(weight|bias)"],
)
TABLES = {
    "BertModel": _ENCODER,
    "BertForMaskedLM": MASKED_TOKENS,
    "BertForSequenceClassification": _CLASSIFIER,
    "BertForTokenClassification": _CLASSIFIER,
}


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Model:
    """Return a fresh model of the class and size that ``config.json``'s fields give.

    It gets a pooler where ``keys``, the names of the weights in the file, have one.
    """
    config = BertConfig.from_fields(fields)
    has_pooler = any(key.endswith("pooler.dense.weight") for key in keys)
    encoder = BertEncoder(config, pooler=Pooler(config.hidden_size) if has_pooler else None)
    num_labels = len(fields.get("id2label") or ["LABEL_0", "LABEL_1"])
    is_averaged = fields.get("sequence_pooling") == "mean"
    match fields["architectures"]:
        case ["BertModel"]:
            return encoder
        case ["BertForMaskedLM"]:
            return BertForMaskedTokens(encoder)
        case ["BertForTokenClassification"] if is_averaged:
            return BertForEvidenceClassification(encoder, num_labels=num_labels)
        case ["BertForTokenClassification"]:
            return BertForTokenClassification(encoder, num_labels=num_labels)
    return BertForSequenceClassification(encoder, num_labels=num_labels)

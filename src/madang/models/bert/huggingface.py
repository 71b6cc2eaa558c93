"""BERT and its heads in Hugging Face's files, both ways: one key table a model."""

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from madang.errors import CheckpointError
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


def from_huggingface(fields: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Model:
    """Build the model that ``config.json``'s fields name and give it these weights.

    Raises ``CheckpointError`` for another architecture or weights that do not fit.
    """
    config = BertConfig.from_fields(fields)
    architecture = (fields.get("architectures") or ["none"])[0]
    if architecture not in TABLES:
        raise CheckpointError(
            f"config.json names the architecture {architecture}; of BERT's, {', '.join(TABLES)} "
            f"can be opened. Save the model as one of these."
        )
    has_pooler = any(key.endswith("pooler.dense.weight") for key in tensors)
    encoder = BertEncoder(config, pooler=Pooler(config.hidden_size) if has_pooler else None)
    model = _build(architecture, encoder, fields)
    TABLES[architecture].load(model, tensors)
    return model


def to_huggingface(model: Model) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Return the fields of ``config.json`` and the weights that open as the model elsewhere."""
    fields: dict[str, Any] = {"architectures": [model.architecture], **model.config.to_fields()}
    if isinstance(model, BertForEvidenceClassification):
        fields["sequence_pooling"] = model.sequence_pooling
    return fields, TABLES[model.architecture].to_huggingface(model)


def _build(architecture: str, encoder: BertEncoder, fields: Mapping[str, Any]) -> Model:
    if architecture == "BertModel":
        return encoder
    if architecture == "BertForMaskedLM":
        return BertForMaskedTokens(encoder)
    num_labels = len(fields.get("id2label") or ["LABEL_0", "LABEL_1"])
    head: Callable[..., Model] = BertForSequenceClassification
    if architecture == "BertForTokenClassification":
        is_averaged = fields.get("sequence_pooling") == "mean"
        head = BertForEvidenceClassification if is_averaged else BertForTokenClassification
    return head(encoder, num_labels=num_labels)

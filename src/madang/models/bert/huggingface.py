"""BERT and its heads in Hugging Face's files, both ways: one key table a model."""

from collections.abc import Collection, Mapping
from typing import Any

from madang.models.bert.config import BertConfig
from madang.models.bert.heads.answering import BertForQuestionAnswering, BertForSpanExtraction
from madang.models.bert.heads.classification import (
    BertForEvidenceClassification,
    BertForSequenceClassification,
    BertForTokenClassification,
)
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder, Pooler
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
# The head that tags characters is Madang's own and keeps its names.
_CHARACTER_TAGGING = _ENCODER.under("encoder.", "bert.") | KeyTable(
    {
        name: name
        for name in (
            "head.token",
            "head.character",
            "head.place",
            "head.norm",
            "head.neighbours",
            "head.neighbours_norm",
            "head.classifier",
            "chain.transition",
        )
    }
)
_ANSWERING = _ENCODER.under("encoder.", "bert.") | KeyTable(
    {"span": "qa_outputs", "overlap": "overlap_embeddings", "trim": "trim_outputs"}
)
# So does the head that compares two texts.
_TEXT_PAIRS = _ENCODER.under("encoder.", "bert.") | KeyTable(
    {name: name for name in ("match", "head.dense", "head.classifier")}
)
# Others put a pooler on it when they save it, which has no say in the mean.
_SENTENCE = _ENCODER.under("encoder.", "") | KeyTable({}, ignored=[r"pooler\.dense\.(weight|bias)"])
TABLES = {
    "BertForCharacterTagging": _CHARACTER_TAGGING,
    "BertModel": _ENCODER,
    "BertForMaskedLM": MASKED_TOKENS,
    "BertForQuestionAnswering": _ANSWERING,
    "BertForSequenceClassification": _CLASSIFIER,
    "BertForTextPairs": _TEXT_PAIRS,
    "BertForTokenClassification": _CLASSIFIER,
    "SentenceEncoder": _SENTENCE,
}


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Model:
    """Return a fresh model of the class and size that ``config.json``'s fields give.

    It gets a pooler where ``keys``, the names of the weights in the file, have one.
    """
    config = BertConfig.from_fields(fields)
    has_pooler = any(key.endswith("pooler.dense.weight") for key in keys)
    encoder = BertEncoder(config, pooler=Pooler(config.hidden_size) if has_pooler else None)
    labels = fields.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    num_labels = len(labels)
    is_averaged = fields.get("sequence_pooling") == "mean"
    match fields["architectures"]:
        case ["BertModel"] if is_averaged:
            return SentenceEncoder(encoder)
        case ["BertModel"]:
            return encoder
        case ["BertForQuestionAnswering"] if fields.get("answer_span") == "characters":
            return BertForSpanExtraction(encoder)
        case ["BertForQuestionAnswering"]:
            return BertForQuestionAnswering(encoder)
        case ["BertForMaskedLM"]:
            return BertForMaskedTokens(encoder)
        case ["BertForCharacterTagging"]:
            tags = [labels[str(index)] for index in range(num_labels)]
            return BertForCharacterTagging(encoder, tags=tags, crf=bool(fields.get("crf")))
        case ["BertForTextPairs"]:
            return BertForTextPairs(
                encoder,
                num_labels=num_labels,
                is_symmetric=bool(fields.get("is_symmetric")),
                largest_score=fields.get("largest_score"),
            )
        case ["BertForTokenClassification"] if is_averaged:
            return BertForEvidenceClassification(encoder, num_labels=num_labels)
        case ["BertForTokenClassification"]:
            return BertForTokenClassification(encoder, num_labels=num_labels)
    return BertForSequenceClassification(encoder, num_labels=num_labels)

"""BERT4Rec in Hugging Face's files, both ways: it is a ``BertForMaskedLM`` and opens as one."""

from collections.abc import Collection, Mapping
from typing import Any

from madang.models.bert.huggingface import MASKED_TOKENS
from madang.models.bert4rec.config import Bert4RecConfig
from madang.models.bert4rec.model import Bert4Rec
from madang.models.key_table import KeyTable

TABLES: dict[str, KeyTable] = {Bert4Rec.architecture: MASKED_TOKENS}


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Bert4Rec:
    """Return a fresh model of the size that ``config.json``'s fields give."""
    return Bert4Rec(Bert4RecConfig.from_fields(fields))

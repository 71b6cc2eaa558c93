"""Both recommenders in Hugging Face's files, both ways.

BERT4Rec is a ``BertForMaskedLM`` and opens as one. SASRec is a ``BertLMHeadModel``, the same
weights with ``is_decoder`` in the config, which gives BERT a causal mask. Their ``tokenizer.json``
holds the special ids and nothing else: items stand in ``items.json``, for there are many, they come
and go, and an id of theirs may be any text, also one that a tokenizer would cut or take for a
special token.
"""

from collections.abc import Collection, Mapping
from typing import Any

from tokenizers import Tokenizer, models

from madang.models.bert.huggingface import MASKED_TOKENS
from madang.models.bert4rec.config import Bert4RecConfig, SasRecConfig
from madang.models.bert4rec.model import Bert4Rec, SasRec

TABLES = dict.fromkeys((Bert4Rec.architecture, SasRec.architecture), MASKED_TOKENS)


def build(fields: Mapping[str, Any], keys: Collection[str]) -> Bert4Rec:
    """Return a fresh model of the class and size that ``config.json``'s fields give."""
    if fields["architectures"] == [SasRec.architecture]:
        return SasRec(SasRecConfig.from_fields(fields))
    return Bert4Rec(Bert4RecConfig.from_fields(fields))


def special_tokens_json(num_items: int) -> str:
    """Return a tokenizer that knows padding and the mask behind ``num_items`` items.

    >>> Tokenizer.from_str(special_tokens_json(8)).token_to_id("[MASK]")
    9
    """
    vocabulary = {"[PAD]": 0, "[MASK]": num_items + 1}
    text: str = Tokenizer(models.WordLevel(vocabulary, unk_token="[PAD]")).to_str()
    return text

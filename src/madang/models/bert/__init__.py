"""BERT (Devlin 2018): a bidirectional encoder; its heads are in ``madang.models.heads``."""

from madang.models.bert.config import BertConfig
from madang.models.bert.model import BertEncoder, Pooler

__all__ = ["BertConfig", "BertEncoder", "Pooler"]

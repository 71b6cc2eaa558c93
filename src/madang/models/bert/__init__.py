"""BERT (Devlin 2018): a bidirectional encoder; its heads are in ``heads/``."""

from madang.models.bert.config import KOBERT, BertConfig
from madang.models.bert.model import BertEncoder, EncoderOutput, Pooler
from madang.models.bert.published import open_encoder

__all__ = ["KOBERT", "BertConfig", "BertEncoder", "EncoderOutput", "Pooler", "open_encoder"]

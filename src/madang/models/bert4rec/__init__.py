"""BERT4Rec (Sun 2019): the next item of a person's history, read from both sides."""

from madang.models.bert4rec.config import Bert4RecConfig
from madang.models.bert4rec.model import Bert4Rec

__all__ = ["Bert4Rec", "Bert4RecConfig"]

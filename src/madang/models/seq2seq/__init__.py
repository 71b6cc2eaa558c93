"""The encoder and decoder of Vaswani 2017: translation, summaries, titles."""

from madang.models.seq2seq.config import Seq2SeqConfig
from madang.models.seq2seq.model import Seq2Seq

__all__ = ["Seq2Seq", "Seq2SeqConfig"]

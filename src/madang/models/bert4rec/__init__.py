"""BERT4Rec (Sun 2019) and SASRec (Kang and McAuley 2018): the next item of a person's history."""

from madang.models.bert4rec.config import Bert4RecConfig, SasRecConfig
from madang.models.bert4rec.model import Bert4Rec, Candidates, CandidateScores, SasRec

__all__ = ["Bert4Rec", "Bert4RecConfig", "CandidateScores", "Candidates", "SasRec", "SasRecConfig"]

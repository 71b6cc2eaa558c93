"""Heads that classify: one label a text, one a token, and a text by the evidence of its tokens."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from madang.core.dropout import Dropout
from madang.errors import SettingError
from madang.models.bert.model import BertEncoder, BertWithScores, Pooler
from madang.models.model import initialize


class _Classifier(BertWithScores):
    """A linear map with dropout on an encoder: what the three heads share."""

    def __init__(self, encoder: BertEncoder, *, num_labels: int) -> None:
        if num_labels < 1:
            raise SettingError(f"num_labels = {num_labels}; give at least one label.")
        super().__init__(encoder)
        config = encoder.config
        self.num_labels = num_labels
        self.dropout = Dropout(config.head_dropout)
        self.classifier = nn.Linear(config.hidden_size, num_labels)
        initialize(self.classifier, std=config.initializer_range)


class BertForSequenceClassification(_Classifier):
    """Give a text one of C labels from its pooled vector (Devlin 2018, section 4.1)."""

    architecture: ClassVar[str] = "BertForSequenceClassification"

    def __init__(self, encoder: BertEncoder, *, num_labels: int) -> None:
        pooler = encoder.pooler
        super().__init__(encoder, num_labels=num_labels)
        if pooler is None:
            pooler = Pooler(encoder.config.hidden_size)
            initialize(pooler, std=encoder.config.initializer_range)
        encoder.pooler = pooler

    def score(self, hidden_BTD: Tensor) -> Tensor:
        """Return the logits, (B, C)."""
        assert self.encoder.pooler is not None
        pooled_BD = self.encoder.pooler(hidden_BTD)
        logits_BC: Tensor = self.classifier(self.dropout(pooled_BD))
        return logits_BC


class BertForTokenClassification(_Classifier):
    """Give each token one of C labels (Devlin 2018, section 5.3)."""

    architecture: ClassVar[str] = "BertForTokenClassification"

    def score(self, hidden_BTD: Tensor) -> Tensor:
        """Return the logits, (B, T, C)."""
        logits_BTC: Tensor = self.classifier(self.dropout(hidden_BTD))
        return logits_BTC


class BertForEvidenceClassification(BertForTokenClassification):
    """Give a text one of C labels by the mean of its tokens' evidence.

    A token's evidence divided by the number of tokens is exactly its share of the logits, so the
    reasons of a decision come out of the same pass. The weights are those of a token
    classification and open as one; ``sequence_pooling`` in ``config.json`` says that they are
    meant to be averaged.
    """

    further_fields: Mapping[str, Any] = {"sequence_pooling": "mean"}

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the logits, (B, C), and each token's evidence, (B, T, C), zero at padding."""
        evidence_BTC = super().forward(input_ids, attention_mask, token_type_ids).float()
        if attention_mask is None:
            return evidence_BTC.mean(dim=1), evidence_BTC
        real_BT1 = attention_mask.to(evidence_BTC.dtype)[:, :, None]
        evidence_BTC = evidence_BTC * real_BT1
        return evidence_BTC.sum(dim=1) / real_BT1.sum(dim=1).clamp(min=1), evidence_BTC

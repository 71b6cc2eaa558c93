"""Heads that find the answer to a question in its context: Hugging Face's, and one of our own."""

from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor, nn

from madang.models.bert.model import BertEncoder, BertWithScores
from madang.models.model import initialize

# Of 5,774 answers in KorQuAD's development file 70.6 % end where a token of a vocabulary of 12,000
# pieces ends (Wikipedia, reviews, comments), 27.4 % one character before, 1.9 % two, one three.
NUM_TRIMS = 4
# That of madang.text.overlap, which models may not import.
NUM_OVERLAPS = 17


class BertForQuestionAnswering(BertWithScores):
    """Score each token as the start and as the end of the answer (Devlin 2018, section 4.2)."""

    architecture: ClassVar[str] = "BertForQuestionAnswering"

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__(encoder)
        self.span = nn.Linear(encoder.config.hidden_size, 2)
        initialize(self.span, std=encoder.config.initializer_range)

    def score(self, hidden_BTD: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of starts and ends, (B, T) each, of the encoder's vectors."""
        start_BT, end_BT = self.span(hidden_BTD).unbind(dim=-1)
        return start_BT, end_BT


class BertForSpanExtraction(BertForQuestionAnswering):
    """Find an answer to the exact character, from tokens with exact-match features.

    Beside the start and the end token it scores how many characters at the end of the end token are
    a particle and no part of the answer. ``overlap_ids`` (``madang.text.overlap``) are embedded and
    added to the tokens (Chen 2017, section 3.2). Hugging Face's class opens the same weights and
    ignores these two parts; ``answer_span`` in ``config.json`` marks a model that has them.
    """

    further_fields: Mapping[str, Any] = {"answer_span": "characters"}

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__(encoder)
        config = encoder.config
        self.overlap = nn.Embedding(NUM_OVERLAPS, config.hidden_size)
        self.trim = nn.Linear(config.hidden_size, NUM_TRIMS)
        initialize(self.overlap, std=config.initializer_range)
        initialize(self.trim, std=config.initializer_range)

    def forward(  # type: ignore[override]
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        overlap_ids: Tensor | None = None,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the logits of starts (B, T), of ends (B, T) and of trims (B, T, C)."""
        added_BTD = None if overlap_ids is None else self.overlap(overlap_ids)
        embedded_BTD = self.encoder.embed(input_ids, token_type_ids, added_BTD=added_BTD)
        hidden_BTD = self.encoder.contextualize(embedded_BTD, attention_mask)
        return *self.score(hidden_BTD), self.trim(hidden_BTD)

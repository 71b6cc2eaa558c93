"""BERT4Rec and SASRec: one network over the items of a history, with two attention masks.

BERT4Rec hides items of a history and predicts them from both sides; to recommend it appends a mask.
Source: Sun 2019, section 3 (their equations 1 to 7 are BERT's, so the parts are BERT's too). SASRec
(Kang and McAuley 2018) lets each item see only those before it and asks what comes next. Given the
same losses and sizes the second is mostly the stronger one (Klenitskiy and Vasilev 2023), so both
are here. They differ only in their attention mask and in the position that scores the next item.
"""

from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from madang.core.attention import Attention
from madang.core.block import Block
from madang.core.mask import AttentionMask, causal_mask
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.models.bert4rec.config import Bert4RecConfig, SasRecConfig


class Candidates(NamedTuple):
    """What is scored in place of all items: each row's own item, and some that all rows share."""

    own_N: Tensor
    shared_M: Tensor


class CandidateScores(NamedTuple):
    """The score of each row's own item, in 32 bits, and of those that all rows share."""

    own_N: Tensor
    shared_NM: Tensor


class Question(NamedTuple):
    """What the network reads to recommend, and in which rows of it the next item is asked for."""

    input_ids: Tensor
    attention_mask: Tensor
    rows: Tensor


class CausalEncoder(BertEncoder):
    """A BERT encoder in which a position sees itself and those before it."""

    def build_mask(self, num_positions: int, attention_mask: Tensor | None) -> AttentionMask:
        """Return what each position may see; ``attention_mask`` is (B, T)."""
        return causal_mask(num_positions, num_past=0, attention_mask=attention_mask)


class Bert4Rec(BertForMaskedTokens):
    """Score every item as the hidden one, or as the next one of a history."""

    family: ClassVar[str] = "bert4rec"
    encoder_class: ClassVar[type[BertEncoder]] = BertEncoder
    config: Bert4RecConfig

    def __init__(self, config: Bert4RecConfig) -> None:
        super().__init__(self.encoder_class(config))

    @property
    def most_items(self) -> int:
        """The longest history that is read; the mask needs a position of its own."""
        return self.config.max_position_embeddings - 1

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        *,
        rows: Tensor | None = None,
        candidates: Candidates | None = None,
    ) -> Any:
        """Return scores as ``BertForMaskedTokens`` does, or ``CandidateScores`` of ``candidates``.

        Scoring a few thousand of fifty thousand items saves most of the work of training.
        """
        if candidates is None:
            return super().forward(input_ids, attention_mask, token_type_ids, rows=rows)
        # Looked up at once, for the gradient of each lookup is as large as the table.
        parts = (input_ids.flatten(), *candidates)
        sizes = [len(part) for part in parts]
        token_ND, own_ND, shared_MD = self.encoder.token(torch.cat(parts)).split(sizes)
        token_BTD = token_ND.view(*input_ids.shape, -1)
        embedded_BTD = self.encoder.place(token_BTD, token_type_ids)
        hidden = self.encoder.contextualize(embedded_BTD, attention_mask).flatten(0, 1)
        if rows is not None:
            hidden = hidden.index_select(0, rows)
        vector_ND = self.head.transform(hidden)
        own_bias_N, shared_bias_M = (self.head.bias[ids] for ids in candidates)
        own_N = (vector_ND.float() * own_ND).sum(dim=1) + own_bias_N
        return CandidateScores(own_N, functional.linear(vector_ND, shared_MD, shared_bias_M))

    def ask(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Question:
        """Return histories with a mask behind the last item (Sun 2019, section 3.6).

        ``input_ids`` (B, T) are histories in time order, padded on the right where
        ``attention_mask`` (B, T) is 0, at most one item shorter than the model has positions.
        """
        length_B1 = _lengths(input_ids, attention_mask)
        asked_BT = functional.pad(input_ids, (0, 1), value=self.config.pad_token_id)
        asked_BT = asked_BT.scatter(1, length_B1, self.config.mask_token_id)
        return _question(asked_BT, last_B1=length_B1)

    def vector_next(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the vectors (B, D) whose products with those of items score the next one."""
        ids_BT, mask_BT, rows_B = self.ask(input_ids, attention_mask)
        hidden_BTD = self.encoder.encode(ids_BT, mask_BT)
        return self.head.transform(hidden_BTD.flatten(0, 1).index_select(0, rows_B))

    def score_next(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the score of every item as the next one, (B, V); arguments as for ``ask``.

        Special ids score minus infinity. The product is made in 32 bits: in 16, thousands of items
        would share a score.
        """
        vector_BD = self.vector_next(input_ids, attention_mask).float()
        with torch.autocast(vector_BD.device.type, enabled=False):
            scores_BV = functional.linear(vector_BD, self.encoder.token.weight, self.head.bias)
        special = input_ids.new_tensor([self.config.pad_token_id, self.config.mask_token_id])
        return scores_BV.index_fill(1, special, -float("inf"))

    def vector_last(self, item_BTD: Tensor) -> Tensor:
        """Return what ``vector_next`` does of vectors of items, all T of which are read, (B, D).

        Bert4Rec takes the mask's vector as the last. Only the last position is asked, so the last
        block computes no other: of those it needs the keys and values alone.
        """
        hidden_BTD = self.encoder.place(item_BTD)
        mask = self.encoder.build_mask(hidden_BTD.shape[1], None)
        *blocks, last = self.encoder.blocks
        assert isinstance(last, Block)
        assert isinstance(last.attention.part, Attention)
        for block in blocks:
            hidden_BTD = block(hidden_BTD, mask=mask)
        memory = last.attention.part.key_values(hidden_BTD)
        asked_B1D = last.feed_forward(last.attention(hidden_BTD[:, -1:], memory=memory))
        return self.head.transform(asked_B1D[:, 0])


class SasRec(Bert4Rec):
    """Score every item as the next one after each item of a history."""

    architecture: ClassVar[str] = "BertLMHeadModel"
    encoder_class: ClassVar[type[BertEncoder]] = CausalEncoder
    config: SasRecConfig

    @property
    def most_items(self) -> int:
        """The longest history that is read."""
        return self.config.max_position_embeddings

    def ask(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Question:
        """Return histories as they are: the last item is asked what comes next."""
        length_B1 = _lengths(input_ids, attention_mask)
        return _question(input_ids, last_B1=(length_B1 - 1).clamp(min=0))


def _lengths(input_ids: Tensor, attention_mask: Tensor | None) -> Tensor:
    mask = input_ids.new_ones(input_ids.shape) if attention_mask is None else attention_mask
    return mask.sum(dim=1, keepdim=True)


def _question(ids_BT: Tensor, *, last_B1: Tensor) -> Question:
    num_texts, length = ids_BT.shape
    place_1T = last_B1.new_ones(1, length).cumsum(1) - 1
    row_start_B = last_B1.new_ones(num_texts).cumsum(0) - 1
    seen_BT = (place_1T <= last_B1).to(ids_BT.dtype)
    return Question(ids_BT, seen_BT, row_start_B * length + last_B1[:, 0])

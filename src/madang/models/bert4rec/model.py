"""BERT4Rec: hide items of a history and guess them from both sides; hide the end to recommend.

Source: Sun 2019, section 3. The network is BERT's with masked items for masked tokens (their
equations 1 to 7 are BERT's), so the parts are BERT's too; what is new is how a next item is asked
for.
"""

from typing import ClassVar

from torch import Tensor
from torch.nn import functional

from madang.models.bert.model import BertEncoder
from madang.models.bert4rec.config import Bert4RecConfig
from madang.models.heads import BertForMaskedTokens


class Bert4Rec(BertForMaskedTokens):
    """Score every item as the hidden one, or as the next one of a history."""

    family: ClassVar[str] = "bert4rec"
    config: Bert4RecConfig

    def __init__(self, config: Bert4RecConfig) -> None:
        super().__init__(BertEncoder(config))

    def score_next(self, input_ids: Tensor, attention_mask: Tensor | None = None) -> Tensor:
        """Return the score of every item as the next one, (B, V).

        ``input_ids`` (B, T) are histories in time order, padded on the right where
        ``attention_mask`` (B, T) is 0, at most one item shorter than the model has positions.
        Special ids score minus infinity. At test time the paper appends the hidden item to the
        end of the history (Sun 2019, section 3.6).
        """
        if attention_mask is None:
            attention_mask = input_ids.new_ones(input_ids.shape)
        length_B1 = attention_mask.sum(dim=1, keepdim=True)
        asked_BT = functional.pad(input_ids, (0, 1), value=self.config.pad_token_id)
        asked_BT = asked_BT.scatter(1, length_B1, self.config.mask_token_id)
        seen_BT = functional.pad(attention_mask, (0, 1)).scatter(1, length_B1, 1)
        row_start_B = input_ids.new_ones(len(input_ids)).cumsum(0) - 1
        scores_BV: Tensor = self(
            asked_BT, seen_BT, rows=row_start_B * asked_BT.shape[1] + length_B1[:, 0]
        )
        special = input_ids.new_tensor([self.config.pad_token_id, self.config.mask_token_id])
        return scores_BV.index_fill(1, special, -float("inf"))

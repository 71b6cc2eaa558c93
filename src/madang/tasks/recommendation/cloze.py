"""The cloze task: hide items of a history, guess them from both sides.

Source: Sun 2019, section 3.5. Of the hidden items 80 % become the mask, 10 % a random item and 10 %
stay, as in BERT's released code, which the paper's is built on. Some histories have only their last
item hidden, because that is what will be asked: the paper adds such copies, here a share of the
histories is asked so, others in each epoch. These are cut at a place drawn anew, so that over the
epochs what came next is asked after every item, as SASRec asks it.
"""

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor

from madang.errors import SettingError
from madang.tasks.objective import hide
from madang.tasks.recommendation.example import LEAST_ITEMS, ItemIds
from madang.tasks.recommendation.objective import Recommendation, pad_items
from madang.training.objective import Batch


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cloze(Recommendation):
    """Hide ``share`` of the items of a history, at least one.

    ``last_share`` of the histories are cut, and the last item of what stays is hidden alone.
    """

    num_items: int
    share: float = 0.2
    last_share: float = 0.1

    def __post_init__(self) -> None:
        """Refuse shares out of range with ``SettingError``."""
        if not 0 < self.share < 1 or not 0 <= self.last_share <= 1:
            raise SettingError(
                f"share is {self.share} and last_share {self.last_share}; the first must be above "
                f"0 and below 1, the second from 0 to 1."
            )

    def training_batch(self, examples: Sequence[ItemIds], generator: torch.Generator) -> Batch:
        is_last_B1 = torch.rand((len(examples), 1), generator=generator) < self.last_share
        original_BT, real_BT = pad_items(self._cut(examples, is_last_B1, generator))
        selected_BT = self._select(real_BT, is_last_B1, generator)
        batch = {
            "input_ids": self._hide(original_BT, selected_BT, is_last_B1, generator),
            "rows": selected_BT.flatten().nonzero().squeeze(1),
            "labels": original_BT[selected_BT],
        }
        # Attention is faster where nothing is to be hidden.
        return batch if bool(real_BT.all()) else {**batch, "attention_mask": real_BT.long()}

    def _cut(
        self, examples: Sequence[ItemIds], is_last_B1: Tensor, generator: torch.Generator
    ) -> list[ItemIds]:
        is_last_B = is_last_B1[:, 0].tolist()
        chance_B = torch.rand(len(examples), generator=generator).tolist()
        return [
            items_T[: LEAST_ITEMS + int(chance * (len(items_T) - LEAST_ITEMS + 1))]
            if is_last
            else items_T
            for items_T, is_last, chance in zip(examples, is_last_B, chance_B, strict=True)
        ]

    def _select(self, real_BT: Tensor, is_last_B1: Tensor, generator: torch.Generator) -> Tensor:
        chance_BT = torch.rand(real_BT.shape, generator=generator).masked_fill(~real_BT, torch.inf)
        is_first_drawn_BT = chance_BT == chance_BT.min(dim=1, keepdim=True).values
        place_BT = torch.arange(real_BT.shape[1]).expand_as(real_BT)
        is_end_BT = place_BT == real_BT.sum(dim=1, keepdim=True) - 1
        return torch.where(is_last_B1, is_end_BT, (chance_BT < self.share) | is_first_drawn_BT)

    def _hide(
        self,
        ids_BT: Tensor,
        selected_BT: Tensor,
        is_last_B1: Tensor,
        generator: torch.Generator,
    ) -> Tensor:
        chance_BT = torch.rand(ids_BT.shape, generator=generator).masked_fill(is_last_B1, 0.0)
        draw_BT = torch.randint(1, self.num_items + 1, ids_BT.shape, generator=generator)
        return hide(ids_BT, selected_BT, chance_BT, mask_id=self.num_items + 1, drawn_BT=draw_BT)

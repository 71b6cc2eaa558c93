"""The next item after every item of a history: what SASRec learns.

Source: Kang and McAuley 2018, section 3.5, with another loss (``item_loss.py``). Every
position is a question, where the cloze task asks a fifth of them, so it learns in fewer epochs.
"""

import dataclasses
from collections.abc import Sequence

import torch

from madang.tasks.recommendation.example import ItemIds
from madang.tasks.recommendation.objective import Recommendation, pad_items
from madang.training.objective import Batch


@dataclasses.dataclass(frozen=True, kw_only=True)
class NextItem(Recommendation):
    """Ask each item of a history but the last what comes next."""

    def training_batch(self, examples: Sequence[ItemIds], generator: torch.Generator) -> Batch:
        ids_BT, real_BT = pad_items(examples)
        # No mask: padding stands behind the items, where a causal model never looks.
        is_asked_BT = real_BT[:, 1:]
        return {
            "input_ids": ids_BT[:, :-1].contiguous(),
            "rows": is_asked_BT.flatten().nonzero().squeeze(1),
            "labels": ids_BT[:, 1:][is_asked_BT],
        }

    def num_tokens(self, batch: Batch) -> int:
        return len(batch["labels"])

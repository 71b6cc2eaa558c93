"""What the objectives of recommenders share, and the simpler of the two: the next item.

Learning differs, measuring does not: a held-out item is ranked among all items that its history
does not hold, and of equal scores it comes last. These are figures to choose an epoch by; the
protocols that results are reported by are in ``madang.tasks.recommendation.evaluation``.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from madang.metrics.ranking import Ranking
from madang.models.bert4rec import Bert4Rec
from madang.tasks.objective import count_tokens
from madang.tasks.recommendation.example import HeldOut, HistoryExample, ItemIds
from madang.tasks.recommendation.item_loss import ItemLoss
from madang.training.objective import Batch, LossOutput

CUT = 10


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recommendation(ABC):
    """Learn from stretches of histories; measure on histories with the item that came next.

    ``model`` is a ``Bert4Rec``, whose forward takes ``rows`` and ``candidates``: scores are made
    where there is a label and nowhere else.
    """

    item_loss: ItemLoss
    higher_is_better: ClassVar[bool] = True

    @abstractmethod
    def training_batch(self, examples: Sequence[ItemIds], generator: torch.Generator) -> Batch:
        """Return ``input_ids``, ``rows``, ``labels``; ``attention_mask`` where it is needed."""

    def length(self, example: HistoryExample) -> int:
        return 1 + len(example.items_T) if isinstance(example, HeldOut) else len(example)

    def collate(self, examples: Sequence[HistoryExample], generator: torch.Generator) -> Batch:
        """Return a training batch, or of held-out items their histories and ``targets`` (B,)."""
        held_out = [example for example in examples if isinstance(example, HeldOut)]
        if held_out:
            ids_BT, real_BT = pad_items([example.items_T for example in held_out])
            targets_B = torch.tensor([example.target for example in held_out])
            return {"input_ids": ids_BT, "attention_mask": real_BT.long(), "targets": targets_B}
        rows = [example for example in examples if not isinstance(example, HeldOut)]
        return self.training_batch(rows, generator) | self.item_loss.draw(generator)

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        return LossOutput(
            loss_sum=self.item_loss.loss_sum(model, batch),
            num_items=len(batch["labels"]),
            num_tokens=self.num_tokens(batch),
        )

    def num_tokens(self, batch: Batch) -> int:
        """Return the number of items that are read."""
        return count_tokens(batch)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return NDCG and recall at 10 over all items."""
        assert isinstance(model, Bert4Rec)
        rank_N = torch.cat([ranks_of_targets(model, batch) for batch in batches])
        ranking = Ranking.of(rank_N.numpy())
        return {
            f"ndcg@{CUT}": float(ranking.ndcg(k=CUT).mean()),
            f"recall@{CUT}": float(ranking.hit(k=CUT).mean()),
        }


@dataclasses.dataclass(frozen=True, kw_only=True)
class NextItem(Recommendation):
    """Ask each item of a history but the last what comes next: what SASRec learns.

    Source: Kang and McAuley 2018, section 3.5, with another loss (``item_loss.py``). Every
    position is a question, where the cloze task asks a fifth of them, so it learns in fewer epochs.
    """

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


def ranks_of_targets(model: Bert4Rec, batch: Batch) -> Tensor:
    """Return where each target stands, from 1 on, among the items its history does not hold."""
    ids_BT, target_B1 = batch["input_ids"], batch["targets"][:, None]
    score_BV = model.score_next(ids_BT, batch["attention_mask"])
    own_B1 = score_BV.gather(1, target_B1)
    score_BV = score_BV.scatter(1, ids_BT, -torch.inf).scatter(1, target_B1, own_B1)
    return (score_BV >= own_B1).sum(dim=1).cpu()


def pad_items(rows: Sequence[ItemIds]) -> tuple[Tensor, Tensor]:
    """Return rows as one (B, T) tensor, 0 behind each, and where it holds items, (B, T).

    >>> ids_BT, real_BT = pad_items([np.array([5, 6]), np.array([7])])
    >>> ids_BT.tolist(), real_BT.tolist()
    ([[5, 6], [7, 0]], [[True, True], [True, False]])
    """
    length_B = np.fromiter(map(len, rows), np.int64, len(rows))
    real_BT = np.arange(length_B.max())[None, :] < length_B[:, None]
    ids_BT = np.zeros(real_BT.shape, np.int64)
    ids_BT[real_BT] = np.concatenate(rows)
    return torch.from_numpy(ids_BT), torch.from_numpy(real_BT)

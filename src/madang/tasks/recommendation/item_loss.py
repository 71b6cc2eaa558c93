"""What is lost on the scores of items, by name.

- ``softmax``: cross-entropy over all items. Exact, nothing to tune, and the strongest wherever it
  fits: with it SASRec is ahead of BERT4Rec, which was long held to be better and had only the
  better loss (Klenitskiy and Vasilev 2023). Its cost is labels x items. Take it up to some
  twenty thousand items on a CPU.
- ``sampled_softmax``: the same over a few thousand drawn items, each weighted by how seldom it is
  drawn, so that the sum under the logarithm is that over all items in expectation (Bengio and
  Senecal 2008, section III; the logarithm of the weight is what is called logQ). Take it for large
  catalogues.
- ``gbce``: one yes or no an item over uniformly drawn ones, the yes discounted by how few are drawn
  (Petrov and Macdonald 2023, gSASRec, section 5). Without the discount a model that is shown few
  noes becomes overconfident and ranks worse. Take it where scores are to be read as probabilities.

Drawn items are shared by all rows of a batch: one matrix product in place of a lookup a row, which
is several times as fast, and no less right on average. A row's own item, where it is drawn, does
not count against itself.
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from madang.errors import SettingError
from madang.models.bert4rec import Candidates, CandidateScores
from madang.training.objective import Batch
from madang.training.optimization.cross_entropy import sampled_cross_entropy, summed_cross_entropy

LossName = Literal["softmax", "sampled_softmax", "gbce"]
# How much more often a popular item is drawn: the square root of how often it was met.
DRAWING_POWER = 0.5


class ItemLoss(ABC):
    """A loss on the rows of a batch, ``labels`` (N,) being the ids of the right items."""

    def draw(self, generator: torch.Generator) -> Batch:
        """Return what is drawn for a batch, by name."""
        return {}

    @abstractmethod
    def loss_sum(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the loss, summed over the rows, as a scalar of float32."""


def item_loss(
    name: LossName, *, counts: Sequence[int] | NDArray[np.int64], num_drawn: int, confidence: float
) -> ItemLoss:
    """Return the loss of that name for items that were met ``counts`` times.

    ``num_drawn`` items are drawn a batch; ``confidence`` is gBCE's t. Raises ``SettingError`` for
    an unknown name and values out of range.
    """
    if name not in get_args(LossName):
        raise SettingError(f"loss is {name!r}; it must be one of {', '.join(get_args(LossName))}.")
    if num_drawn < 1 or not 0 <= confidence <= 1:
        raise SettingError(
            f"num_drawn is {num_drawn} and confidence {confidence}; the first must be 1 or more, "
            f"the second from 0 to 1."
        )
    if name == "softmax":
        return Softmax()
    if name == "gbce":
        return Gbce(num_items=len(counts), num_drawn=num_drawn, confidence=confidence)
    chance = (np.asarray(counts, np.float64) + 1.0) ** DRAWING_POWER
    chance_V = torch.from_numpy(chance / chance.sum())
    log_count_V = (chance_V * num_drawn).log().float()
    return SampledSoftmax(upto_V=chance_V.cumsum(0), log_count_V=log_count_V, num_drawn=num_drawn)


class Softmax(ItemLoss):
    """Cross-entropy over all items."""

    def loss_sum(self, model: nn.Module, batch: Batch) -> Tensor:
        logits_NV = model(batch["input_ids"], batch.get("attention_mask"), rows=batch["rows"])
        return summed_cross_entropy(logits_NV, batch["labels"])


@dataclasses.dataclass(frozen=True, kw_only=True, eq=False)
class SampledSoftmax(ItemLoss):
    """Cross-entropy over ``num_drawn`` items, drawn by how probable each is to be.

    ``upto_V`` sums these probabilities up to each item; ``log_count_V`` is the logarithm of how
    often it is drawn on average.
    """

    upto_V: Tensor
    log_count_V: Tensor
    num_drawn: int

    def draw(self, generator: torch.Generator) -> Batch:
        # By inverting the distribution, which takes a tenth of the time of torch.multinomial.
        point_M = torch.rand(self.num_drawn, generator=generator, dtype=torch.float64)
        drawn_M = torch.searchsorted(self.upto_V, point_M).clamp(max=len(self.upto_V) - 1)
        return {"drawn": drawn_M + 1, "drawn_log_count": self.log_count_V[drawn_M]}

    def loss_sum(self, model: nn.Module, batch: Batch) -> Tensor:
        scores = candidate_scores(model, batch)
        return sampled_cross_entropy(scores.own_N, scores.shared_NM, batch["drawn_log_count"])


@dataclasses.dataclass(frozen=True, kw_only=True)
class Gbce(ItemLoss):
    """Generalised binary cross-entropy over uniformly drawn items.

    ``confidence`` is the paper's t: 0 is plain binary cross-entropy, 1 makes scores those of a
    model that was shown every no.
    """

    num_items: int
    num_drawn: int
    confidence: float = 0.75

    @property
    def exponent(self) -> float:
        """The power beta to which the probability of the right item is raised (equation 13).

        >>> Gbce(num_items=101, num_drawn=25, confidence=0.0).exponent
        1.0
        >>> Gbce(num_items=101, num_drawn=25, confidence=1.0).exponent
        0.25
        """
        share = min(1.0, self.num_drawn / max(self.num_items - 1, 1))
        return share * (self.confidence * (1 - 1 / share) + 1 / share)

    def draw(self, generator: torch.Generator) -> Batch:
        shape = (self.num_drawn,)
        return {"drawn": torch.randint(1, self.num_items + 1, shape, generator=generator)}

    def loss_sum(self, model: nn.Module, batch: Batch) -> Tensor:
        scores = candidate_scores(model, batch)
        yes_sum = self.exponent * functional.softplus(-scores.own_N).sum()
        no_sum = functional.softplus(scores.shared_NM.float()).sum()
        return (yes_sum + no_sum) / (self.num_drawn + 1)


def candidate_scores(model: nn.Module, batch: Batch) -> CandidateScores:
    """Return the score of each row's own item, (N,), and of the drawn ones, (N, M).

    Where a row's own item was drawn too, it scores minus infinity there, and loses nothing.
    """
    own_N, shared_NM = model(
        batch["input_ids"],
        batch.get("attention_mask"),
        rows=batch["rows"],
        candidates=Candidates(batch["labels"], batch["drawn"]),
    )
    is_own_again_NM = batch["labels"][:, None] == batch["drawn"]
    return CandidateScores(own_N, shared_NM.masked_fill_(is_own_again_NM, -torch.inf))

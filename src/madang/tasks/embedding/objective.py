"""Sentence vectors: texts that mean the same are near, all others of the batch are far.

Learns from pairs that belong together (an entailed sentence, the same question, a question and its
paragraph) and from pairs with a score. A pair without a score is learned by InfoNCE: each of its
texts has to find the other among all texts of the batch (Gao 2021, SimCSE, section 4; a
contradicting sentence is a hard negative where one is known). Scored pairs are learned by CoSENT
(Su 2022): of two pairs, the one with the higher score must have the higher cosine, which is what a
rank correlation measures.

Both losses compare what meets in a batch: more of it teaches more, and accumulated batches are not
one large batch.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from madang import validation
from madang.metrics.similarity import spearman
from madang.runtime.runner import Array
from madang.tasks.embedding.task import Options
from madang.tasks.objective import loss_output, padded
from madang.training.objective import Batch, LossOutput


@dataclasses.dataclass(frozen=True, kw_only=True)
class EmbeddingExample:
    """Two texts as token ids, and how alike they are.

    ``score`` is on any scale, the same for all examples of a run; ``None`` says that the two belong
    together. ``unlike`` is a text that resembles ``first`` and means something else.
    """

    first: Sequence[int]
    second: Sequence[int]
    score: float | None = None
    unlike: Sequence[int] | None = None

    @property
    def texts(self) -> list[tuple[int, ...]]:
        """All its texts."""
        rows = (self.first, self.second, self.unlike)
        return [tuple(row) for row in rows if row is not None]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Contrastive(Options):
    """The loss on the vectors (B, D), of length 1, that ``model(input_ids, mask)`` gives."""

    higher_is_better: ClassVar[bool] = True

    def __post_init__(self) -> None:
        validation.check(self)

    def length(self, example: EmbeddingExample) -> int:
        """Return the tokens of a batch that an example takes, its own padding counted."""
        texts = example.texts
        return len(texts) * max(map(len, texts))

    def collate(self, examples: Sequence[EmbeddingExample], generator: torch.Generator) -> Batch:
        """Return each text of the batch once, and which of them belong together.

        ``input_ids`` and ``attention_mask`` (B, T) are the B texts that differ. ``first`` and
        ``second`` (N,) are the rows of every pair, ``score`` (N,) its score, or not a number.
        ``is_rival`` (B, B) says which texts are a text's negatives.
        """
        rows: dict[tuple[int, ...], int] = {}
        for example in examples:
            for text in example.texts:
                rows.setdefault(text, len(rows))
        first = [rows[tuple(example.first)] for example in examples]
        second = [rows[tuple(example.second)] for example in examples]
        is_kin_BB = torch.eye(len(rows))
        # A pair of low score too: it is put in its place by the others' scores.
        is_kin_BB[first, second] = is_kin_BB[second, first] = 1.0
        # Two sentences that follow from the same one are not opposed either.
        is_rival_BB = is_kin_BB @ is_kin_BB == 0
        scores = [torch.nan if each.score is None else each.score for each in examples]
        return {
            **padded(list(rows)),
            "first": torch.tensor(first),
            "second": torch.tensor(second),
            "score": torch.tensor(scores, dtype=torch.float32),
            "is_rival": is_rival_BB,
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        """Return the loss summed over pairs; one scored pair alone has no order to learn."""
        cosine_BB = self._cosines(model, batch)
        is_scored_N = ~batch["score"].isnan()
        first_N, second_N = batch["first"], batch["second"]
        contrastive_sum = info_nce(
            cosine_BB / self.temperature,
            batch["is_rival"],
            torch.stack([first_N[~is_scored_N], second_N[~is_scored_N]]),
        )
        scored_sum = cosent(
            cosine_BB[first_N, second_N][is_scored_N] / self.score_temperature,
            batch["score"][is_scored_N],
        )
        loss_sum = contrastive_sum + self.score_weight * scored_sum
        return loss_output(loss_sum, batch, num_items=len(first_N))

    def collate_answers(
        self, examples: Sequence[EmbeddingExample], answers: Sequence[tuple[Array, ...]]
    ) -> list[Tensor]:
        """Return a teacher's vectors (B, D) of the texts of a batch, in the order of its rows."""
        vectors: dict[tuple[int, ...], Array] = {}
        for example, own in zip(examples, answers, strict=True):
            for text, vector_D in zip(example.texts, own, strict=True):
                vectors.setdefault(text, vector_D)
        return [torch.from_numpy(np.stack(list(vectors.values())))]

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return how far the cosines are from the teacher's, whose vectors may be of any width.

        The squared differences, in units of the score's temperature: the mean over the batch's
        own pairs, and the mean over any two of its texts, times the number of pairs. Differences of
        logits are what a divergence comes to at a high temperature (Hinton 2015, section 2.1), so
        that ``temperature`` says nothing here.
        """
        cosine_BB, goal_BB = cosines(output.float()), cosines(answers[0])
        square_BB = ((cosine_BB - goal_BB) / self.score_temperature).square()
        is_other_BB = ~torch.eye(len(square_BB), dtype=torch.bool, device=square_BB.device)
        # A batch of one text that is its own pair has no two of them.
        others = square_BB[is_other_BB].sum() / is_other_BB.sum().clamp(min=1)
        pairs_N = square_BB[batch["first"], batch["second"]]
        return pairs_N.sum() + others * len(pairs_N)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the rank correlation of cosines and scores over all pairs that have a score."""
        cosines, scores = [], []
        for batch in batches:
            pairs = self._cosines(model, batch)[batch["first"], batch["second"]]
            is_scored_N = ~batch["score"].isnan()
            cosines.append(pairs[is_scored_N].cpu())
            scores.append(batch["score"][is_scored_N].cpu())
        return {"spearman": spearman(torch.cat(cosines).numpy(), torch.cat(scores).numpy())}

    def _cosines(self, model: nn.Module, batch: Batch) -> Tensor:
        """Return the cosine of every text of a batch with every other, (B, B), in float32."""
        vector_BD = model(batch["input_ids"], batch["attention_mask"]).float()
        return cosines(vector_BD)


def cosines(vector_BD: Tensor) -> Tensor:
    """Return the cosine of each vector of length 1 with every other, (B, B), in float32."""
    # A product in bfloat16 would round away the differences that are to be learned.
    with torch.autocast(vector_BD.device.type, enabled=False):
        cosine_BB: Tensor = vector_BD @ vector_BD.T
    return cosine_BB


def info_nce(logit_BB: Tensor, is_rival_BB: Tensor, pairs_2N: Tensor) -> Tensor:
    """Return the summed cross-entropy of finding each text's partner among its rivals.

    Each pair asks twice, once from either side, and counts the mean. Source: Gao 2021, equation 5.

    >>> logit_BB = torch.tensor([[9.0, 2.0, 2.0], [2.0, 9.0, 2.0], [2.0, 2.0, 9.0]])
    >>> is_rival_BB = ~torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]], dtype=torch.bool)
    >>> loss = info_nce(logit_BB, is_rival_BB, torch.tensor([[0], [1]]))
    >>> round(loss.item(), 4)  # one rival that is as near: an even guess, log 2
    0.6931
    """
    asking = torch.cat([pairs_2N[0], pairs_2N[1]])
    answer = torch.cat([pairs_2N[1], pairs_2N[0]])
    # The partner is seen by the pair that asks for it, and hidden from all other pairs.
    seen_NB = is_rival_BB[asking].scatter(1, answer[:, None], True)
    logit_NB = logit_BB[asking].masked_fill(~seen_NB, torch.finfo(logit_BB.dtype).min)
    return functional.cross_entropy(logit_NB, answer, reduction="sum") / 2


def cosent(logit_N: Tensor, score_N: Tensor) -> Tensor:
    """Return the loss of N scored pairs, times N: how far the logits are from the scores' order.

    log(1 + sum of exp(logit_j - logit_i) over all i, j whose scores are in the order i > j):
    Su 2022, equation 4.

    >>> cosent(torch.tensor([1.0, 1.0]), torch.tensor([5.0, 0.0])).item() / 2
    0.6931471824645996
    >>> cosent(torch.tensor([1.0]), torch.tensor([5.0])).item()
    0.0
    """
    difference_NN = logit_N[None, :] - logit_N[:, None]
    is_ordered_NN = score_N[:, None] > score_N[None, :]
    exponents = torch.cat([logit_N.new_zeros(1), difference_NN[is_ordered_NN]])
    return exponents.logsumexp(0) * len(logit_N)

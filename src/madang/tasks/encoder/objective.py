"""Imitate a larger encoder: its hidden vectors, layer by layer, and its attention relations.

Learns from any text without labels, and asks no head: what the student makes of a text is to be
what its teacher makes of it. Good before a task, for a student that began as some of its teacher's
layers. Sources: Jiao 2020 (TinyBERT), section 3.1, for hidden vectors and the map of layers; Wang
2021 (MiniLMv2), section 3, for the relations.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from madang.models.bert.model import BertEncoder
from madang.models.bert.relation import LayerReading, read_layers, relation_divergence
from madang.tasks.objective import count_tokens, loss_output
from madang.training.objective import Batch, LossOutput, attention_mask, pad

TokenIds = Sequence[int] | NDArray[np.int64]


class Distance(NamedTuple):
    """How far a student is from its teacher at each token, (B, T), 0 at padding.

    ``hidden`` is the share of the teacher's variance that it misses, the mean over the layers;
    ``relations`` are the three divergences added up. ``cosine`` is that of both last vectors.
    """

    hidden: Tensor
    relations: Tensor
    cosine: Tensor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Imitation:
    """The distance of a student from its ``teacher``; an example is a sequence of token ids.

    ``targets``: for each layer of the student the layer of the teacher whose vectors it learns,
    counted from 1. ``variances``: of the teacher's vectors after each of these layers, by which
    their squared distances are divided, so that all layers count alike. ``relation_layer``: of the
    teacher, whose relations the student's last layer learns, in ``relation_heads`` parts.
    """

    higher_is_better: ClassVar[bool] = False
    teacher: BertEncoder
    targets: tuple[int, ...]
    variances: tuple[float, ...]
    relation_layer: int
    relation_heads: int
    hidden_weight: float = 1.0
    relation_weight: float = 1.0
    pad_id: int = 0

    def length(self, example: TokenIds) -> int:
        return len(example)

    def collate(self, examples: Sequence[TokenIds], generator: torch.Generator) -> Batch:
        """Return ``input_ids`` and ``attention_mask`` (B, T); no mask where nothing is padded."""
        batch = {"input_ids": pad(examples, value=self.pad_id)}
        has_padding = len({len(example) for example in examples}) > 1
        return {**batch, "attention_mask": attention_mask(examples)} if has_padding else batch

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        distance = self.distance(model, batch)
        hidden, relations = distance.hidden.sum(), distance.relations.sum()
        loss_sum = self.hidden_weight * hidden + self.relation_weight * relations
        return loss_output(loss_sum, batch, num_items=count_tokens(batch))

    def distance(self, model: nn.Module, batch: Batch) -> Distance:
        """Return how far a student, an encoder, is from the teacher on a batch."""
        assert isinstance(model, BertEncoder)
        mask = batch.get("attention_mask")
        student = read_layers(model, batch["input_ids"], mask, relation_layer=len(model.blocks))
        teacher = self._ask(batch)
        pairs = [
            (student_BTD.float(), teacher.hidden[target - 1].float())
            for student_BTD, target in zip(student.hidden, self.targets, strict=True)
        ]
        hidden = [
            functional.mse_loss(*pair, reduction="none").mean(dim=-1) / variance
            for pair, variance in zip(pairs, self.variances, strict=True)
        ]
        relations = [
            relation_divergence(theirs_BTD, own_BTD, mask, num_heads=self.relation_heads)
            for theirs_BTD, own_BTD in zip(teacher.projected, student.projected, strict=True)
        ]
        real_BT = 1.0 if mask is None else mask
        return Distance(
            hidden=torch.stack(hidden).mean(dim=0) * real_BT,
            relations=torch.stack(relations).sum(dim=0),
            cosine=functional.cosine_similarity(*pairs[-1], dim=-1) * real_BT,
        )

    def _ask(self, batch: Batch) -> LayerReading:
        # No inference mode: what of the teacher is in the loss is kept for the way back.
        with torch.no_grad():
            return read_layers(
                self.teacher,
                batch["input_ids"],
                batch.get("attention_mask"),
                relation_layer=self.relation_layer,
            )

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the loss, its two parts and the cosine with the teacher, over all tokens."""
        sums, num_tokens = np.zeros(3), 0
        for batch in batches:
            sums += [float(each.double().sum()) for each in self.distance(model, batch)]
            num_tokens += count_tokens(batch)
        hidden, relations, cosine = (sums / max(num_tokens, 1)).tolist()
        return {
            "loss": self.hidden_weight * hidden + self.relation_weight * relations,
            "hidden": hidden,
            "relations": relations,
            "cosine": cosine,
        }


def layer_variances(
    teacher: BertEncoder, rows: Sequence[TokenIds], targets: Sequence[int]
) -> tuple[float, ...]:
    """Return how much a teacher's vectors vary over the tokens of rows, after each of its layers.

    The mean over their numbers; layers are counted from 1 and may be named twice.
    """
    device = teacher.token.weight.device
    sums = torch.zeros(len(targets), 2, teacher.config.hidden_size, dtype=torch.float64)
    num_tokens = 0
    with torch.no_grad():
        for row in rows:
            ids_1T = torch.as_tensor(row, dtype=torch.int64, device=device)[None]
            hidden = read_layers(teacher, ids_1T, relation_layer=1).hidden
            num_tokens += len(row)
            for place, target in enumerate(targets):
                vector_TD = hidden[target - 1][0].double().cpu()
                sums[place] += torch.stack([vector_TD.sum(dim=0), vector_TD.square().sum(dim=0)])
    mean, square = (sums / num_tokens).unbind(dim=1)
    return tuple((square - mean.square()).mean(dim=-1).tolist())

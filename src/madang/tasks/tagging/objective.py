"""Entities as tags of characters: each by itself, or as one chain.

Learns from texts whose entities are marked. With a chain the loss is that of the whole sequence
(Lafferty 2001, section 3), else the cross-entropy of each tag; a character is an item of either.
What is found is read by the decoder that serves.
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from madang.decoding.tag import Span, spans_of
from madang.decoding.viterbi import viterbi
from madang.metrics.span import span_counts, span_macro_f1, span_micro_f1
from madang.models.bert.heads.crf import (
    FORBIDDEN,
    allowed_transitions,
    log_likelihood,
    path_divergence,
)
from madang.tasks.objective import PADDING, TextExample, TextObjective, loss_output, padded
from madang.tasks.tagging.task import Options
from madang.training.objective import Batch, LossOutput, pad

INPUTS = ("input_ids", "attention_mask", "character_ids", "character_tokens", "character_places")
PADDING_TAG = -100


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaggedExample(TextExample):
    """A text, and its characters with the number of each one's tag.

    Of a character (``madang.text.character``): the token that it is alone, the number of the
    token that it stands in, its place there.
    """

    character_ids: Sequence[int]
    character_tokens: Sequence[int]
    character_places: Sequence[int]
    tags: Sequence[int]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tagging(Options, TextObjective[TaggedExample]):
    """The loss over what ``model`` gives for characters: emissions (B, U, C) and transitions.

    ``tags`` are the tags' names.
    """

    tags: tuple[str, ...]

    def collate(self, examples: Sequence[TaggedExample], generator: torch.Generator) -> Batch:
        """Return the tokens (B, T), the characters (B, U) and their ``tags``, -100 at padding."""
        return {
            **padded([example.ids for example in examples]),
            "character_ids": pad([each.character_ids for each in examples], value=PADDING),
            "character_tokens": pad([each.character_tokens for each in examples], value=0),
            "character_places": pad([each.character_places for each in examples], value=-1),
            "tags": pad([example.tags for example in examples], value=PADDING_TAG),
        }

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        emission_BUC, transition_CC = self._scores(model, batch)
        loss_sum = self._loss_sum(emission_BUC, transition_CC, batch["tags"])
        return loss_output(loss_sum, batch, num_items=int((batch["tags"] != PADDING_TAG).sum()))

    def _loss_sum(self, emission_BUC: Tensor, transition_CC: Tensor, tags_BU: Tensor) -> Tensor:
        if not self.crf:
            return functional.cross_entropy(
                emission_BUC.flatten(0, 1),
                tags_BU.flatten(),
                ignore_index=PADDING_TAG,
                reduction="sum",
            )
        mask_BU = tags_BU != PADDING_TAG
        return -log_likelihood(emission_BUC, transition_CC, tags_BU.clamp(min=0), mask_BU).sum()

    def _scores(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        inputs = [batch[name] for name in INPUTS]
        emission_BUC, transition_1CC = model(*inputs)
        return emission_BUC.float(), transition_1CC[0].float()

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return the divergence from all that a teacher says of the tags of whole texts.

        A teacher without a chain may give tags that can not follow each other; of a model with one
        it is read as if it had known.
        """
        student = [part / temperature for part in (output[0].float(), output[1][0].float())]
        teacher = [part / temperature for part in (answers[0], answers[1][0])]
        if self.crf:
            allowed_CC = allowed_transitions(self.tags).to(teacher[1].device)
            teacher[1] = teacher[1].masked_fill(~allowed_CC, FORBIDDEN / temperature)
        mask_BU = batch["tags"] != PADDING_TAG
        distance = path_divergence((teacher[0], teacher[1]), (student[0], student[1]), mask_BU)
        return distance * temperature**2

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the macro F1 over the types, the micro F1 and the loss a character."""
        found: list[list[Span]] = []
        true: list[list[Span]] = []
        loss_sum, num_items = 0.0, 0
        for batch in batches:
            emission_BUC, transition_CC = self._scores(model, batch)
            loss_sum += float(self._loss_sum(emission_BUC, transition_CC, batch["tags"]))
            lengths = (batch["tags"] != PADDING_TAG).sum(1).tolist()
            num_items += sum(lengths)
            best = viterbi(emission_BUC.cpu().numpy(), transition_CC.cpu().numpy(), lengths)
            found += [spans_of(tags_U.tolist(), self.tags) for tags_U in best]
            true += [
                spans_of(tags_U[:length].tolist(), self.tags)
                for tags_U, length in zip(batch["tags"].cpu(), lengths, strict=True)
            ]
        types = sorted({tag.partition("-")[2] for tag in self.tags} - {""})
        counts = span_counts(found, true, types)
        return {
            "macro_f1": span_macro_f1(counts),
            "micro_f1": span_micro_f1(counts),
            "loss": loss_sum / max(num_items, 1),
        }

"""Which models become a graph, and what the graph of each is called to do: one line a task."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor, nn

from madang.errors import ExportError
from madang.export.item_table import NextVector, write_item_table
from madang.models.bert.heads.answering import BertForSpanExtraction
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder
from madang.models.bert4rec import Bert4Rec
from madang.models.model import Model
from madang.runtime.onnx import (
    ANSWERER,
    CLASSIFIER,
    COMPARER,
    EMBEDDER,
    ENCODER,
    RECOMMENDER,
    TAGGER,
    Signature,
)


class Head(NamedTuple):
    """A model that serves a task, its graph's inputs and outputs, and why no other will do.

    ``part`` makes of the model what is called with the inputs and gives the outputs in order;
    ``beside`` writes what has to stand beside the graph, from the checkpoint's folder, and returns
    what the record says of it.
    """

    model: type[Model]
    signature: Signature
    reason: str
    part: Callable[[Any], nn.Module] = lambda model: model
    beside: Callable[[Any, Path, Path], Mapping[str, Any]] = lambda model, source, output: {}


class Served(NamedTuple):
    """A module that is traced, and what it turns into what."""

    module: nn.Module
    signature: Signature
    config: Any
    beside: Callable[[Path, Path], Mapping[str, Any]] = lambda source, output: {}


class Reading(nn.Module):
    """An encoder that gives the vectors of its tokens and of its texts."""

    def __init__(self, encoder: BertEncoder) -> None:
        super().__init__()
        if encoder.pooler is None:
            raise ExportError(
                "The encoder has no pooler, which makes pooled_output. Export a sentence encoder "
                "instead, or an encoder that kept its pooler."
            )
        self.encoder = encoder

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor
    ) -> tuple[Tensor, ...]:
        """Return ``sequence_output`` (B, T, D) and ``pooled_output`` (B, D)."""
        output = self.encoder.read(input_ids, attention_mask, token_type_ids)
        assert output.pooled_output is not None
        return output.sequence_output, output.pooled_output


class TagScores(nn.Module):
    """A tagger that gives its transitions as one of a batch of one, as every output begins."""

    def __init__(self, model: BertForCharacterTagging) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        character_ids: Tensor,
        character_tokens: Tensor,
        character_places: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return ``emissions`` (B, U, C) and ``transitions`` (1, C, C)."""
        emission_BUC, transition_CC = self.model(
            input_ids, attention_mask, character_ids, character_tokens, character_places
        )
        return emission_BUC, transition_CC[None]


HEADS = {
    "classification": Head(
        BertForEvidenceClassification,
        CLASSIFIER,
        "gives evidence for its tokens; a served classifier shows its reasons",
    ),
    "multi_label": Head(
        BertForEvidenceClassification,
        CLASSIFIER,
        "gives evidence for its tokens; a served classifier shows its reasons",
    ),
    "answering": Head(BertForSpanExtraction, ANSWERER, "answers to the character"),
    "tagging": Head(BertForCharacterTagging, TAGGER, "finds entities to the character", TagScores),
    "embedding": Head(SentenceEncoder, EMBEDDER, "gives one vector a text"),
    "pair_classification": Head(BertForTextPairs, COMPARER, "reads two texts as one sequence"),
    "similarity": Head(BertForTextPairs, COMPARER, "reads two texts as one sequence"),
    "recommendation": Head(
        Bert4Rec, RECOMMENDER, "scores items by their vectors", NextVector, write_item_table
    ),
    "encoder": Head(BertEncoder, ENCODER, "is a bare encoder", Reading),
}


def served(model: Model, task: str, folder: Path) -> Served:
    """Return what is traced of a model; raises ``ExportError`` where nothing can be served."""
    if task not in HEADS:
        raise ExportError(
            f"{folder} is a model for {task!r}; only {', '.join(map(repr, HEADS))} can be exported "
            f"to ONNX. Fine-tune it on a data set for one of these first."
        )
    head = HEADS[task]
    if not isinstance(model, head.model):
        raise ExportError(
            f"{folder} holds a {type(model).__name__}, but for {task!r} a {head.model.__name__} is "
            f"needed, which {head.reason}. Train one."
        )
    return Served(
        head.part(model).eval(), head.signature, model.config, partial(head.beside, model)
    )

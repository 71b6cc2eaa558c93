"""The report of what finds entities: F1 of whole entities, on the characters that were written.

``macro_f1`` and ``micro_f1`` are ``seqeval``'s in strict mode: start, end and type must all be
right. The figures that ``pytorch-bert-crf-ner`` publishes (KoBERT + CRF 0.8756) are of another
kind: the mean F1 of single B and I tags, of KoBERT's pieces and not of characters, so that a
swallowed particle costs nothing, over the first 29 pieces of each sentence. ``tag_macro_f1`` is
that, computed from the same answers where KoBERT's tokenizer is at hand.
"""

from collections.abc import Sequence
from functools import cache

from madang.baselines.dictionary import Dictionary
from madang.datasets.card import Entity, TaggedText
from madang.datasets.folder import data_root
from madang.datasets.own.tagged import TAGGED
from madang.decoding.entity import TaggedEntity
from madang.decoding.tag import entity_types
from madang.formats.manifest import Manifest
from madang.metrics.figure import Figure, figure
from madang.metrics.span import Span, span_counts, span_macro_f1, span_micro_f1
from madang.tasks.evaluation import Data, Trial, load_data
from madang.tasks.tagging.predictor import Tagger
from madang.text.published import open_tokenizer
from madang.text.tokenizer import Tokenizer

# [CLS] and 29 pieces are the 30 that the published figures were computed on.
NUM_PIECES = 29
KOBERT_FOLDER = ("weights", "kobert-tokenizer")


def load(data: Data, split: str, manifest: Manifest) -> list[TaggedText]:
    """Read the texts of data sets and files with their entities.

    Raises ``SettingError`` for other types than the model's, ``DataError`` for other rows.
    """
    return load_data(data, split, manifest, TAGGED, labels=entity_types(manifest.labels))


def measure(
    model: Tagger | Dictionary, rows: Sequence[TaggedText], manifest: Manifest
) -> dict[str, Figure]:
    """Return the F1 of entities, over types, over all and of each type; then that of tags.

    Figures are bootstrapped over texts.
    """
    found = [_spans(entities) for entities in model.tag([row.text for row in rows])]
    true = [_spans(row.entities) for row in rows]
    types = entity_types(manifest.labels)
    counts = span_counts(found, true, types)
    figures = {
        "macro_f1": figure(span_macro_f1, counts),
        "micro_f1": figure(span_micro_f1, counts),
    }
    for number, type in enumerate(types):
        if counts[:, number].any():
            column = counts[:, number : number + 1]
            figures[f"f1[{type}]"] = figure(span_macro_f1, column)
    tokenizer = kobert_tokenizer()
    if tokenizer is not None:
        texts = [row.text for row in rows]
        predicted, expected = (_tags(tokenizer, texts, each) for each in (found, true))
        name = f"tag_macro_f1[{NUM_PIECES} KoBERT pieces]"
        counts = span_counts(predicted, expected, manifest.labels[1:])
        figures[name] = figure(span_macro_f1, counts)
    return figures


def piece_tags(tokenizer: Tokenizer, text: str, spans: Sequence[Span]) -> list[str]:
    """Return the tags of the first pieces of a text: that of the entity in which each begins."""
    (encoding,) = tokenizer.encode([text.lower()])
    tags: list[str] = []
    before: Span | None = None
    for start, end in encoding.content().offsets[:NUM_PIECES]:
        # A word start alone stands for the space before what it begins.
        start += start == end and text[start : start + 1].isspace()
        within = next((span for span in spans if span[0] <= start < span[1]), None)
        place = "I" if within == before else "B"
        tags.append("O" if within is None else f"{place}-{within[2]}")
        before = within
    return tags


@cache
def kobert_tokenizer() -> Tokenizer | None:
    """Return KoBERT's tokenizer from the data folder, or None where it is not there."""
    folder = data_root().joinpath(*KOBERT_FOLDER)
    return open_tokenizer(folder) if folder.is_dir() else None


def fit_baseline(data: Data, manifest: Manifest) -> Dictionary:
    """Learn the names of the split ``train`` by heart."""
    return Dictionary(load(data, "train", manifest))


def trial(rows: Sequence[TaggedText], manifest: Manifest) -> Trial:
    """Return the trial by the mean F1 of whole entities over the types."""

    def score(model: Tagger) -> float:
        found = [_spans(entities) for entities in model.tag([row.text for row in rows])]
        true = [_spans(row.entities) for row in rows]
        return span_macro_f1(span_counts(found, true, entity_types(manifest.labels)))

    return Trial(
        figure="macro_f1",
        num_rows=len(rows),
        score=score,
        ask=lambda model, row: model.tag([rows[row].text]),
    )


def _spans(entities: Sequence[Entity | TaggedEntity]) -> list[Span]:
    return [(entity.start, entity.end, entity.type) for entity in entities]


def _tags(
    tokenizer: Tokenizer, texts: Sequence[str], spans: Sequence[Sequence[Span]]
) -> list[list[Span]]:
    """Return each tag but "outside" as a span of one piece, so that they are counted alike."""
    return [
        [
            (place, place + 1, tag)
            for place, tag in enumerate(piece_tags(tokenizer, text, own))
            if tag != "O"
        ]
        for text, own in zip(texts, spans, strict=True)
    ]

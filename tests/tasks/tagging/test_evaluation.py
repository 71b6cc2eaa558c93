"""Figures of entities are seqeval's, those of KoBERT's pieces scikit-learn's, as published."""

import os
from collections import Counter
from itertools import chain

import pytest
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2
from sklearn import metrics

from madang.baselines.dictionary import Dictionary
from madang.datasets.card import Entity, TaggedText
from madang.datasets.registry import load as load_rows
from madang.datasets.sets.ner_kmou import TYPES
from madang.decoding.entity import TaggedEntity
from madang.decoding.tag import tag_names, tags_of
from madang.errors import SettingError
from madang.formats.manifest import Manifest
from madang.tasks.tagging import evaluation as tagging

TAGS = tag_names(list(TYPES))
MANIFEST = Manifest(family="bert", task="tagging", tokenizer_sha256="", labels=TAGS)

needs_data = pytest.mark.skipif(
    not os.environ.get("MADANG_DATA"), reason="MADANG_DATA is not set: the texts can not be read"
)


class Worsened:
    """Says what is true, but every third entity a character too long, every seventh not at all."""

    def __init__(self, rows):
        self._rows = {row.text: row for row in rows}
        self._number = 0

    def tag(self, texts):
        return [tuple(self._of(self._rows[text])) for text in texts]

    def _of(self, row):
        for entity, following in zip(
            row.entities, [*(e.start for e in row.entities[1:]), len(row.text)], strict=True
        ):
            self._number += 1
            longer = int(self._number % 3 == 0 and entity.end < following)
            if self._number % 7:
                end = entity.end + longer
                text = row.text[entity.start : end]
                yield TaggedEntity(entity.start, end, entity.type, text, 0.5)


@pytest.fixture(scope="module")
def rows():
    return load_rows("ner_kmou", "test")


@pytest.fixture(scope="module")
def figures(rows):
    """What is measured of answers that are a little worse than the truth."""
    return tagging.measure(Worsened(rows), rows, MANIFEST)


@needs_data
def test_figures_are_those_of_seqeval_on_the_published_test(rows, figures):
    answers = Worsened(rows).tag([row.text for row in rows])

    def named(entities, text):
        spans = [(entity.start, entity.end, entity.type) for entity in entities]
        return [TAGS[tag] for tag in tags_of(spans, len(text), TAGS)]

    report = classification_report(
        [named(row.entities, row.text) for row in rows],
        [named(each, row.text) for each, row in zip(answers, rows, strict=True)],
        mode="strict",
        scheme=IOB2,
        output_dict=True,
    )
    assert figures["macro_f1"].value == pytest.approx(report["macro avg"]["f1-score"])
    assert figures["micro_f1"].value == pytest.approx(report["micro avg"]["f1-score"])
    for type in TYPES:
        assert figures[f"f1[{type}]"].value == pytest.approx(report[type]["f1-score"])
    assert figures["macro_f1"].low < figures["macro_f1"].value < figures["macro_f1"].high


@needs_data
def test_the_tags_of_pieces_are_counted_as_the_published_report_counts_them(rows, figures):
    tokenizer = tagging.kobert_tokenizer()
    if tokenizer is None:
        pytest.skip("KoBERT's tokenizer is not in MADANG_DATA")
    spans = [[(e.start, e.end, e.type) for e in row.entities] for row in rows]
    true = [
        tagging.piece_tags(tokenizer, row.text, own) for row, own in zip(rows, spans, strict=True)
    ]
    counts = Counter(tag for tags in true for tag in tags)
    # The support of the published report: best-epoch-12-step-1000-acc-0.960-cr.csv.
    published = {"B-NOH": 756, "I-NOH": 828, "B-PER": 747, "B-ORG": 715, "I-ORG": 1178}
    assert sum(counts.values()) - counts["O"] == pytest.approx(7833, rel=0.001)
    for tag, support in published.items():
        assert counts[tag] == pytest.approx(support, rel=0.03)

    answers = Worsened(rows).tag([row.text for row in rows])
    predicted = [
        tagging.piece_tags(tokenizer, row.text, [(e.start, e.end, e.type) for e in each])
        for row, each in zip(rows, answers, strict=True)
    ]
    expected = metrics.f1_score(
        [*chain.from_iterable(true)],
        [*chain.from_iterable(predicted)],
        labels=TAGS[1:],
        average="macro",
        zero_division=0,
    )
    assert figures["tag_macro_f1[29 KoBERT pieces]"].value == pytest.approx(expected)


def test_the_dictionary_finds_the_longest_known_name_as_what_it_mostly_was():
    rows = [
        TaggedText("서울대 총장", (Entity(0, 3, "ORG"),)),
        TaggedText("서울에서", (Entity(0, 2, "LOC"),)),
        TaggedText("서울에서", (Entity(0, 2, "LOC"),)),
        TaggedText("서울 팀", (Entity(0, 2, "ORG"),)),
        # A name in one of four places is none.
        TaggedText("이 이 이 이", (Entity(0, 1, "PER"),)),
    ]
    dictionary = Dictionary(rows)
    assert dictionary.tag(["이 서울대는 서울에", ""]) == [
        (TaggedEntity(2, 5, "ORG", "서울대", 1.0), TaggedEntity(7, 9, "LOC", "서울", 1.0)),
        (),
    ]


@needs_data
def test_data_without_the_models_types_are_refused():
    with pytest.raises(SettingError, match="with the model's labels"):
        tagging.load("nsmc", "test", MANIFEST)

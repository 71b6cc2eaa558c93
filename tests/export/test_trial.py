"""A trial's figure is what it says, counted another way; a task without one is told so."""

import dataclasses
import random
import shutil

import numpy as np
import pytest
from scipy.stats import spearmanr

from madang.datasets import registry
from madang.datasets.card import LabelledText, MultiLabelText, Question, TextPair
from madang.decoding.span import Span
from madang.errors import DataError, ExportError, SettingError
from madang.export import quantization
from madang.export.quantization import load_trial, quantize_export
from madang.formats.manifest import Manifest, read_manifest
from madang.serving import Embedder
from madang.tasks.answering.evaluation import trial as answering_trial
from madang.tasks.embedding.evaluation import Pairs
from madang.tasks.embedding.evaluation import trial as embedding_trial
from madang.tasks.multi_label.evaluation import trial as multi_label_trial

WORDS = ("가", "나", "다", "라", "마", "바", "산책하고", "문의", "주세요", "#할인")
CHANCE = random.Random(0)
PAIRS = [
    TextPair(
        " ".join(CHANCE.choices(WORDS, k=6)), " ".join(CHANCE.choices(WORDS, k=4)), number % 11
    )
    for number in range(200)
]


def test_the_figure_of_vectors_is_the_rank_correlation_of_their_cosines(exported_encoder):
    embedder = Embedder.load(exported_encoder)
    cosines = [
        float(np.prod([embedder.embed([pair.first]), embedder.embed([pair.second])], axis=0).sum())
        for pair in PAIRS
    ]
    expected = spearmanr(cosines, [pair.label for pair in PAIRS])[0]
    assert embedding_trial(Pairs(PAIRS), read_manifest(exported_encoder)).score(
        embedder
    ) == pytest.approx(expected, abs=1e-4)


def test_vectors_in_int8_are_kept_by_the_same_gate(exported_encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(quantization, "NUM_ROUNDS", 1)
    monkeypatch.setattr(quantization, "check_gate", lambda report, max_loss: None)
    folder = shutil.copytree(exported_encoder, tmp_path / "sentence")
    before = Embedder.load(folder).embed([pair.first for pair in PAIRS[:20]])
    report = quantize_export(folder, embedding_trial(Pairs(PAIRS), read_manifest(exported_encoder)))
    assert (report.figure, report.num_rows) == ("spearman", 200)
    assert report.bytes_int8 < report.bytes_float32
    after = Embedder.load(folder).embed([pair.first for pair in PAIRS[:20]])
    assert 0.97 < (before * after).sum(axis=1).min() < 1


def test_rows_that_have_no_score_try_no_sentence_encoder(exported_encoder, monkeypatch):
    rows = [LabelledText(text="가", label=0)]
    monkeypatch.setattr(registry, "load", lambda name, split: rows)
    manifest = read_manifest(exported_encoder)
    with pytest.raises(SettingError, match="neither pairs that say what is alike"):
        load_trial("nsmc", "test", manifest)
    with pytest.raises(DataError, match="no pairs of texts with a score"):
        embedding_trial(Pairs(PAIRS[:2], alike=(1,)), manifest)


def test_a_task_without_a_trial_stays_in_fp32(exported_encoder):
    manifest = dataclasses.replace(read_manifest(exported_encoder), task="masked_tokens")
    with pytest.raises(ExportError, match="Export it without data"):
        load_trial("korsts", "test", manifest)


def test_several_labels_are_tried_by_how_far_up_they_stand():
    class Fixed:
        def probabilities(self, texts):
            return np.tile([0.9, 0.5, 0.1], (len(texts), 1))

    rows = [MultiLabelText("a", (0,)), MultiLabelText("c", (2,)), MultiLabelText("", ())]
    # Right; third of three; no label, so nothing is wrong.
    manifest = Manifest(
        family="bert", task="multi_label", tokenizer_sha256="", labels=("a", "b", "c")
    )
    assert multi_label_trial(rows, manifest).score(Fixed()) == pytest.approx((1 + 1 / 3 + 1) / 3)


def test_rows_with_other_labels_are_refused_for_several_labels(monkeypatch):
    manifest = Manifest(
        family="bert", task="multi_label", tokenizer_sha256="", labels=("ordinary", "ad")
    )
    monkeypatch.setattr(registry, "load", lambda name, split: [MultiLabelText("글", (0,))])
    with pytest.raises(SettingError, match="with the model's labels"):
        load_trial("hate_unsmile", "validation", manifest)


def test_answers_are_tried_by_the_characters_that_they_share_with_the_true_ones(monkeypatch):
    class Fixed:
        def spans(self, questions, *, num_spans=1):
            # "서울" for "서울", "부산항" for "부산": 2 of 3 and 2 of 2 characters; nothing.
            return [[Span(0, 2, 0.9)], [Span(0, 3, 0.5)], []]

    texts = [("서울에 있다", "서울"), ("부산항에 있다", "부산"), ("모른다", "모른다")]
    rows = [
        Question(context=context, question="어디?", start=0, answer=answer, group="")
        for context, answer in texts
    ]
    manifest = Manifest(family="bert", task="answering", tokenizer_sha256="")
    f1 = 2 * (2 / 3) * 1 / (2 / 3 + 1)
    assert answering_trial(rows, manifest).score(Fixed()) == pytest.approx((1 + f1 + 0) / 3)
    monkeypatch.setattr(registry, "load", lambda name, split: rows)
    assert load_trial("korquad", "validation", manifest).figure == "f1"
    monkeypatch.setattr(registry, "load", lambda name, split: PAIRS)
    with pytest.raises(DataError, match="not Question"):
        load_trial("korsts", "validation", manifest)

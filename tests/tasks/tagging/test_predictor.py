"""Entities with the exact characters of what the person wrote, whatever was written."""

import json
import re
import shutil
import unicodedata

import numpy as np
import onnx
import pytest
import torch

from madang.datasets.card import Entity, TaggedText
from madang.decoding.tag import entity_types, tag_names
from madang.errors import CheckpointError, SettingError
from madang.export.onnx import export_onnx
from madang.export.quantization import quantize
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.runtime.onnx import open_graph
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.tagging.evaluation import trial
from madang.tasks.tagging.predictor import Tagger, mark
from madang.tasks.tagging.task import TAGGING
from madang.text.markup import read_marked
from madang.text.unigram import train_unigram

LINES = (
    "SKTBrain에서 KoBERT 모델을 공개해준 덕분에 쉽게 개발할 수 있었다.",
    "첫 회를 시작으로 13일까지 4일간 총 4회에 걸쳐 매 회 2편씩 총 8편이 공개될 예정이다.",
    "이강래 기자는 서울 삼성역에서 100만원을 받았다 😀 값이 올랐다",
)
TAGS = tag_names(["PER", "ORG", "DAT"])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A checkpoint folder with random weights that are far enough apart to find something."""
    tokenizer = train_unigram(LINES * 5, vocab_size=170, character_coverage=1.0)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=24,
        initializer_range=0.3,
    )
    model = BertForCharacterTagging(BertEncoder(config), tags=TAGS, crf=True)
    torch.nn.init.normal_(model.chain.transition)
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(
        folder,
        model,
        tokenizer_json=tokenizer.to_json(),
        task="tagging",
        labels=TAGS,
        max_length=24,
    )
    return folder


@pytest.fixture(scope="module")
def exported(checkpoint, tmp_path_factory):
    return export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def tagger(exported):
    return Tagger.load(exported)


def texts():
    joined = " ".join(LINES)
    return [*LINES, joined, joined * 3, "가", "13", unicodedata.normalize("NFD", LINES[2])]


def test_an_entity_says_where_it_stands(tagger):
    found = 0
    for text, entities in zip(texts(), tagger.tag(texts()), strict=True):
        read_to = 0
        for entity in entities:
            assert read_to <= entity.start < entity.end <= len(text)
            assert entity.text == text[entity.start : entity.end] == entity.text.strip()
            assert entity.type in entity_types(tagger.labels)
            assert 0 < entity.probability <= 1 + 1e-9
            read_to = entity.end
            found += 1
    assert found > 20


def test_an_export_finds_what_its_checkpoint_finds(checkpoint, tagger):
    expected = open_checkpoint(checkpoint).tag(texts())
    found = tagger.tag(texts())
    spans = [[(e.start, e.end, e.type) for e in entities] for entities in found]
    assert spans == [[(e.start, e.end, e.type) for e in entities] for entities in expected]
    chances = [
        [e.probability for e in entities] for entities in (sum(found, ()), sum(expected, ()))
    ]
    np.testing.assert_allclose(*chances, atol=1e-4)


def test_the_graph_gives_the_models_own_scores_for_any_number_of_characters(checkpoint, exported):
    model = load_checkpoint(checkpoint).model
    session = open_graph((exported / "model.onnx").read_bytes(), exported, TAGGING.signature)
    random = np.random.default_rng(3)
    for num_tokens, num_characters in ((2, 1), (5, 9), (24, 60)):
        feed = {
            "input_ids": random.integers(0, 60, (1, num_tokens)),
            "attention_mask": np.ones((1, num_tokens), np.int64),
            "character_ids": random.integers(0, 60, (1, num_characters)),
            "character_tokens": random.integers(0, num_tokens, (1, num_characters)),
            "character_places": random.integers(0, 16, (1, num_characters)),
        }
        with torch.inference_mode():
            expected = model(**{name: torch.from_numpy(array) for name, array in feed.items()})
        emissions, transitions = session.run(list(TAGGING.signature.outputs), feed)
        np.testing.assert_allclose(emissions, expected[0], atol=1e-4)
        np.testing.assert_allclose(transitions, expected[1], atol=1e-4)


def test_neighbours_batches_and_threads_change_no_answer(exported, tagger):
    together = tagger.tag(texts(), batch_size=32)
    assert together == [tagger.tag([text])[0] for text in texts()]
    assert together == Tagger.load(exported, num_threads=3).tag(texts(), batch_size=5)


def test_a_text_longer_than_the_model_reads_is_read_to_its_end(tagger):
    text = " ".join(LINES * 4)
    (entities,) = tagger.tag([text])
    assert entities[-1].end > 0.9 * len(text)
    # What stands far from where the parts meet is found as in a text of its own length.
    places = {entity.start for entity in entities}
    assert len(places) == len(entities)


def test_a_decomposed_text_has_the_entities_of_the_composed_one(tagger):
    composed, decomposed = LINES[2], unicodedata.normalize("NFD", LINES[2])
    expected, found = tagger.tag([composed, decomposed])
    assert [unicodedata.normalize("NFC", entity.text) for entity in found] == [
        entity.text for entity in expected
    ]
    assert len(decomposed) > len(composed)


def test_what_can_not_be_seen_changes_nothing_but_the_offsets(tagger):
    plain = LINES[1]
    hidden = "\u200b".join(plain.split("일")).join(["\ufeff", "\u200d"])
    plain = plain.replace("일", "")
    expected, found = tagger.tag([plain, hidden])
    assert [re.sub("[\u200b\u200d\ufeff]", "", entity.text) for entity in found] == [
        entity.text for entity in expected
    ]


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\ufeff"])
def test_a_text_without_a_character_has_no_entities(tagger, text):
    assert tagger.tag([text]) == [()]


@pytest.mark.parametrize(
    "text", ["Ελληνικά κείμενα", "русский текст", "العربية", "👩‍👩‍👧", "\ud800가"]
)
def test_any_script_is_read_without_an_error(tagger, text):
    (entities,) = tagger.tag([text])
    assert all(entity.text == text[entity.start : entity.end] for entity in entities)


def test_marks_can_be_read_again(tagger):
    (entities,) = tagger.tag([LINES[0]])
    text, spans = read_marked(mark(LINES[0], entities))
    assert text == LINES[0]
    assert spans == [(entity.start, entity.end, entity.type) for entity in entities]


def test_tokens_and_characters_share_one_table_in_int8(exported):
    before = onnx.load(exported / "model.onnx")
    after = quantize(before)
    tables = {table.name: table for table in after.graph.initializer}
    assert "model.encoder.token.weight" not in tables
    lookups = [
        node
        for node in after.graph.node
        if node.op_type == "Gather" and node.input[0].endswith("encoder.token.weight_int8")
    ]
    assert len(lookups) == 2
    feed = {
        "input_ids": np.array([[2, 7, 8, 9, 3]]),
        "attention_mask": np.ones((1, 5), np.int64),
        "character_ids": np.array([[7, 8, 9]]),
        "character_tokens": np.array([[1, 2, 3]]),
        "character_places": np.array([[8, 0, 1]]),
    }
    expected = open_graph((exported / "model.onnx").read_bytes(), exported, TAGGING.signature)
    found = open_graph(after.SerializeToString(), exported, TAGGING.signature)
    left, right = (session.run(["emissions"], feed)[0] for session in (expected, found))
    assert 0 < np.abs(left - right).max() < 0.2 * left.std()


def test_int8_is_tried_by_the_entities_that_it_finds(exported, tagger):
    found = tagger.tag(texts())
    rows = [
        TaggedText(text, tuple(Entity(e.start, e.end, e.type) for e in entities))
        for text, entities in zip(texts(), found, strict=True)
    ]
    tried = trial(rows, tagger.manifest)
    assert tried.num_rows == len(rows)
    assert tried.score(Tagger.load(exported)) == 1
    worse = [TaggedText(row.text, row.entities[1:]) for row in rows]
    assert 0 < trial(worse, tagger.manifest).score(tagger) < 1
    assert tried.ask(tagger, 0) == [found[0]]


def test_a_folder_of_another_task_or_with_another_file_is_refused(exported, tmp_path):
    folder = shutil.copytree(exported, tmp_path / "copy")
    manifest = json.loads((folder / "madang.json").read_text())
    (folder / "madang.json").write_text(json.dumps({**manifest, "task": "classification"}))
    with pytest.raises(CheckpointError, match="needs the task 'tagging'"):
        Tagger.load(folder)
    (folder / "madang.json").write_text(json.dumps(manifest))
    with (folder / "model.onnx").open("ab") as file:
        file.write(b"\x00")
    with pytest.raises(CheckpointError):
        Tagger.load(folder)


def test_one_string_in_place_of_a_list_is_an_error(tagger):
    with pytest.raises(SettingError, match="one string"):
        tagger.tag("서울")
    with pytest.raises(SettingError, match="batch_size"):
        tagger.tag(["서울"], batch_size=0)

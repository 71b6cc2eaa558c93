"""A published encoder becomes a checkpoint, an ONNX folder that gives its numbers, and int8."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
import transformers

from madang.commands.adopt import adopt
from madang.errors import CheckpointError, ExportError
from madang.export import quantization
from madang.export.onnx import export_onnx
from madang.export.quantization import quantize_export
from madang.formats.manifest import read_manifest
from madang.models.bert import BertConfig, BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.serving import Classifier, Encoder
from madang.tasks.encoder.evaluation import agreement, trial
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

TEXTS = [
    f"{word} {place}에서 {n}번 산책하고 문의"
    for word in "가나다라"
    for place in "마바"
    for n in range(30)
]


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A folder as the hub holds it: config, pickled weights, tokenizer."""
    folder = tmp_path_factory.mktemp("published")
    tokenizer = train_unigram(TEXTS, vocab_size=60)
    tokenizer.save(folder)
    config = transformers.BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=40,
        initializer_range=0.2,
        pad_token_id=tokenizer.pad_id,
    )
    config.architectures = ["BertModel"]
    config.save_pretrained(folder)
    torch.manual_seed(0)
    torch.save(transformers.BertModel(config).state_dict(), folder / "pytorch_model.bin")
    return folder


@pytest.fixture(scope="module")
def adopted(published, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("adopted")
    adopt(model=str(published), output=folder)
    return folder


@pytest.fixture(scope="module")
def exported(adopted, tmp_path_factory):
    return export_onnx(adopted, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def reference(published):
    config = transformers.BertConfig.from_pretrained(published)
    model = transformers.BertModel(config).eval()
    weights = torch.load(published / "pytorch_model.bin", weights_only=True)
    model.load_state_dict(weights)
    return model


def test_an_adopted_folder_is_a_checkpoint_with_the_same_tokenizer(published, adopted):
    checkpoint = load_checkpoint(adopted)
    assert isinstance(checkpoint.model, BertEncoder)
    assert (checkpoint.manifest.task, checkpoint.manifest.max_length) == ("encoder", 40)
    assert Tokenizer.load(adopted).sha256 == Tokenizer.load(published).sha256


def test_the_graph_gives_the_references_numbers_with_padding_and_two_segments(exported, reference):
    session = onnxruntime.InferenceSession(exported / "model.onnx")
    random = np.random.default_rng(0)
    ids_BT = random.integers(5, 34, (3, 11))
    feed = {
        "input_ids": ids_BT,
        "attention_mask": (np.arange(11) < np.array([[11], [4], [7]])).astype(np.int64),
        "token_type_ids": random.integers(0, 2, (3, 11)),
    }
    found = session.run(["sequence_output", "pooled_output"], feed)
    with torch.inference_mode():
        expected = reference(**{name: torch.from_numpy(value) for name, value in feed.items()})
    seen = feed["attention_mask"] == 1
    np.testing.assert_allclose(found[0][seen], expected[0].numpy()[seen], atol=1e-4)
    np.testing.assert_allclose(found[1], expected[1], atol=1e-4)


def test_a_served_encoder_gives_each_text_what_the_reference_gives_it(exported, reference):
    encoder = Encoder.load(exported)
    tokenizer = Tokenizer.load(exported)
    texts = [*TEXTS[:3], "", "가 " * 200]
    encoded = encoder.encode(texts)
    for text, each in zip(texts, encoded, strict=True):
        (encoding,) = tokenizer.encode([text], max_length=40)
        with torch.inference_mode():
            expected = reference(input_ids=torch.tensor([encoding.ids]))
        np.testing.assert_allclose(each.sequence_output, expected[0][0], atol=1e-4)
        np.testing.assert_allclose(each.pooled_output, expected[1][0], atol=1e-4)
        assert each.offsets == encoding.offsets
    assert [each.is_truncated for each in encoded] == [False] * 4 + [True]
    (alone,) = encoder.encode(texts[1:2], batch_size=1)
    np.testing.assert_array_equal(alone.sequence_output, encoded[1].sequence_output)


def test_int8_is_kept_where_it_agrees_and_its_figures_are_written(exported, tmp_path, monkeypatch):
    folder = shutil.copytree(exported, tmp_path / "folder")
    real = quantization.measure
    monkeypatch.setattr(quantization, "NUM_ROUNDS", 1)
    # Which of the two is faster on a busy machine is not what is tested.
    monkeypatch.setattr(
        quantization,
        "measure",
        lambda *given: dataclasses.replace(
            real(*given), latency_ms_float32=2.0, latency_ms_int8=1.0
        ),
    )
    report = quantize_export(folder, trial(TEXTS[:200], read_manifest(folder)))
    assert report.score_float32 == pytest.approx(1.0)
    assert 0.99 <= report.score_int8 < 1.0
    assert read_manifest(folder).record["export"]["precision"] == "int8"
    pairs = zip(
        Encoder.load(folder).encode(TEXTS), Encoder.load(exported).encode(TEXTS), strict=True
    )
    for found, expected in pairs:
        cosine = np.corrcoef(found.sequence_output.ravel(), expected.sequence_output.ravel())[0, 1]
        assert cosine > 0.98


def test_vectors_that_change_their_order_disagree():
    random = np.random.default_rng(0)
    one_ND, other_ND = random.normal(size=(2, 50, 8))
    assert agreement((one_ND, one_ND), (3 * one_ND, 0.5 * one_ND)) == pytest.approx(1.0)
    assert agreement((one_ND, one_ND), (one_ND, -one_ND)) == pytest.approx(-1.0)
    assert abs(agreement((one_ND, one_ND), (other_ND, one_ND))) < 0.3
    # A part that all texts share leaves cosines high and says nothing of their order.
    assert agreement((one_ND + 100, one_ND), (other_ND + 100, one_ND)) < 0.3


def test_an_encoder_without_a_pooler_is_refused(tmp_path, adopted):
    tokenizer = Tokenizer.load(adopted)
    encoder = BertEncoder(
        BertConfig(vocab_size=tokenizer.vocab_size, hidden_size=8, num_attention_heads=2)
    )
    save_checkpoint(tmp_path / "bare", encoder, tokenizer_json=tokenizer.to_json(), task="encoder")
    with pytest.raises(ExportError, match="has no pooler"):
        export_onnx(tmp_path / "bare", tmp_path / "out")


def test_another_class_says_that_it_is_not_for_encoders(exported):
    with pytest.raises(CheckpointError, match="'encoder'"):
        Classifier.load(exported)

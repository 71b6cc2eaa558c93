"""int8 is kept where it is faster and loses at most half a point; else fp32 stays."""

import dataclasses
import shutil

import numpy as np
import onnx
import pytest
from onnx import TensorProto, numpy_helper

from madang.datasets.card import LabelledText
from madang.errors import ExportError, SettingError
from madang.export import quantization
from madang.export.quantization import (
    QuantizationReport,
    check_gate,
    measure,
    quantize,
    quantize_export,
)
from madang.formats.manifest import Manifest, read_manifest
from madang.runtime.onnx import open_graph
from madang.serving import Classifier
from madang.tasks.classification.evaluation import trial
from madang.tasks.classifier import SIGNATURE

TEXTS = [f"산책 {number} 문의 주세요 #할인" for number in range(200)]
MANIFEST = Manifest(
    family="bert", task="classification", tokenizer_sha256="", labels=("ordinary", "ad")
)


def trial_of(texts, labels):
    """Return the trial of a classifier by texts and the numbers of their labels."""
    rows = [LabelledText(*row) for row in zip(texts, labels, strict=True)]
    return trial(rows, MANIFEST)


TRIAL = trial_of(TEXTS, [0] * 200)
GOOD = QuantizationReport(
    figure="accuracy",
    num_rows=1000,
    score_float32=0.85,
    score_int8=0.845,
    latency_ms_float32=10.0,
    latency_ms_int8=4.0,
    bytes_float32=40,
    bytes_int8=10,
)


@pytest.fixture(scope="module")
def quantized(exported):
    return quantize(onnx.load(exported / "model.onnx"))


def weights_of(graph):
    return {table.name: numpy_helper.to_array(table) for table in graph.graph.initializer}


def test_every_large_matrix_is_int8_with_a_scale_for_each_column(quantized, exported):
    before = weights_of(onnx.load(exported / "model.onnx"))
    matrices = {
        name: value for name, value in weights_of(quantized).items() if name.endswith("_quantized")
    }
    assert len(matrices) == 2 * 6
    for name, matrix in matrices.items():
        assert matrix.dtype == np.int8
        # 7 bits: two products of 255 and 64 still fit into 16 bits where there is no VNNI.
        assert np.abs(matrix.astype(int)).max() <= 64
        stem = name.removesuffix("_quantized")
        scale = weights_of(quantized)[f"{stem}_scale"]
        assert scale.shape == (matrix.shape[1],)
        assert np.abs(matrix * scale - before[stem]).max() <= scale.max() * 0.51


def test_the_token_table_is_int8_with_a_scale_for_each_row(quantized, exported):
    before = weights_of(onnx.load(exported / "model.onnx"))["encoder.token.weight"]
    after = weights_of(quantized)
    assert "encoder.token.weight" not in after
    table_VD, scale_V1 = after["encoder.token.weight_int8"], after["encoder.token.weight_scale"]
    assert table_VD.dtype == np.int8
    assert np.all(np.abs(table_VD * scale_V1 - before) <= scale_V1 * 0.5001)


def test_the_last_layer_keeps_its_precision(quantized, exported):
    before, after = weights_of(onnx.load(exported / "model.onnx")), weights_of(quantized)
    (name,) = [name for name, value in before.items() if value.shape == (32, 2)]
    np.testing.assert_array_equal(before[name], after[name])


def test_quantised_answers_stay_near(quantized, exported):
    feed = {"input_ids": np.array([[2, 7, 8, 9, 3]]), "attention_mask": np.ones((1, 5), np.int64)}
    expected = open_graph((exported / "model.onnx").read_bytes(), exported, SIGNATURE).run(
        None, feed
    )
    found = open_graph(quantized.SerializeToString(), exported, SIGNATURE).run(None, feed)
    spread = expected[1].std()
    assert 0 < np.abs(found[1] - expected[1]).max() < 0.2 * spread


def test_half_a_point_may_be_lost():
    check_gate(GOOD)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"score_int8": 0.844},
            r"loses 0\.60 points \(at most 0\.5 allowed\): accuracy 0\.8440",
        ),
        ({"latency_ms_int8": 10.0}, r"is not faster: .* 10\.00 ms against 10\.00 ms"),
        ({"score_int8": 0.5, "latency_ms_int8": 11.0}, "loses .* and is not faster"),
    ],
)
def test_what_loses_more_or_is_not_faster_is_refused_with_its_figures(changes, message):
    with pytest.raises(ExportError, match=message):
        check_gate(dataclasses.replace(GOOD, **changes))


@pytest.fixture
def folder(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "folder")


def test_a_refused_int8_leaves_the_folder_as_it_was(folder, monkeypatch):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    slow = dataclasses.replace(GOOD, latency_ms_int8=99.0)
    monkeypatch.setattr(quantization, "measure", lambda *_: slow)
    with pytest.raises(ExportError, match="fp32 ONNX file stays"):
        quantize_export(folder, TRIAL)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_an_accepted_int8_takes_the_place_of_fp32_and_serves(folder, exported, monkeypatch):
    monkeypatch.setattr(quantization, "measure", lambda *_: GOOD)
    assert quantize_export(folder, TRIAL) is GOOD
    written = read_manifest(folder).record["export"]
    assert written["precision"] == "int8"
    assert written["quantization"]["score_int8"] == 0.845
    assert written["opset"] == 23
    graph = onnx.load(folder / "model.onnx")
    assert any(table.data_type == TensorProto.INT8 for table in graph.graph.initializer)
    int8, float32 = Classifier.load(folder), Classifier.load(exported)
    assert int8.version != float32.version
    for found, expected in zip(int8.classify(TEXTS[:5]), float32.classify(TEXTS[:5]), strict=True):
        assert found.probability == pytest.approx(expected.probability, abs=0.1)
    with pytest.raises(ExportError, match="precision 'int8'"):
        quantize_export(folder, TRIAL)


def test_the_measured_accuracy_is_counted_by_hand(exported, monkeypatch):
    monkeypatch.setattr(quantization, "NUM_ROUNDS", 1)
    given = [answer.label == "ad" for answer in Classifier.load(exported).classify(TEXTS[:20])]
    labels = [int(label) for label in given]
    labels[0], labels[1] = 1 - labels[0], 1 - labels[1]
    report = measure(exported, exported, trial_of(TEXTS[:20], labels))
    assert report.score_float32 == report.score_int8 == pytest.approx(18 / 20)
    assert report.bytes_int8 == (exported / "model.onnx").stat().st_size
    assert report.latency_ms_int8 > 0


def test_too_few_texts_can_not_open_the_gate(folder):
    with pytest.raises(SettingError, match="at least 200"):
        quantize_export(folder, trial_of(TEXTS[:199], [0] * 199))

"""The ONNX file answers as its model does, on any shape, or it is not written."""

import dataclasses
import json
import shutil

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper

from madang.errors import ExportError
from madang.export import onnx as export_module
from madang.export.onnx import export_onnx
from madang.formats.manifest import read_manifest, write_manifest
from madang.models.checkpoint import load_checkpoint
from madang.runtime.onnx import open_graph
from madang.tasks.checkpoint import Served
from madang.tasks.classifier import SIGNATURE
from madang.text.tokenizer import Tokenizer


@pytest.mark.parametrize(("batch", "length"), [(1, 2), (1, 48), (2, 3), (7, 19)])
def test_logits_and_evidence_are_the_models_own(checkpoint, exported, batch, length):
    model = load_checkpoint(checkpoint).model
    random = np.random.default_rng(batch)
    ids_BT = random.integers(0, model.config.vocab_size, (batch, length))
    mask_BT = (np.arange(length) < random.integers(1, length + 1, (batch, 1))).astype(np.int64)
    with torch.inference_mode():
        logits_BC, evidence_BTC = model(torch.from_numpy(ids_BT), torch.from_numpy(mask_BT))
    session = open_graph((exported / "model.onnx").read_bytes(), exported, SIGNATURE)
    found = session.run(["logits", "evidence"], {"input_ids": ids_BT, "attention_mask": mask_BT})
    np.testing.assert_allclose(found[0], logits_BC, atol=1e-5)
    np.testing.assert_allclose(found[1], evidence_BTC, atol=1e-5)


def test_the_mean_of_the_evidence_is_the_logits(exported):
    session = open_graph((exported / "model.onnx").read_bytes(), exported, SIGNATURE)
    ids_BT = np.array([[2, 7, 8, 9, 3]])
    logits_BC, evidence_BTC = session.run(
        ["logits", "evidence"], {"input_ids": ids_BT, "attention_mask": np.ones_like(ids_BT)}
    )
    np.testing.assert_allclose(evidence_BTC.mean(axis=1), logits_BC, atol=1e-6)


def test_batch_and_length_are_free_and_every_operator_is_standard(exported):
    graph = onnx.load(exported / "model.onnx")
    onnx.checker.check_model(graph)
    for value in [*graph.graph.input, *graph.graph.output]:
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch"
    assert graph.graph.input[0].type.tensor_type.shape.dim[1].dim_param == "length"
    assert {node.domain for node in graph.graph.node} == {""}


def test_the_file_tells_nothing_of_the_machine_that_wrote_it(exported):
    content = (exported / "model.onnx").read_bytes()
    for trace in (b".py", b"/torch", b"site-packages", str(exported.parent).encode()):
        assert trace not in content


def test_the_folder_is_whole(checkpoint, exported):
    names = {path.name for path in exported.iterdir()}
    assert names == {"model.onnx", "config.json", "tokenizer.json", "madang.json", "README.md"}
    assert (exported / "config.json").read_bytes() == (checkpoint / "config.json").read_bytes()
    texts = ["가 마에서 산책하고 #할인", "가나다라 마바사", ""]
    encodings = [Tokenizer.load(folder).encode(texts) for folder in (checkpoint, exported)]
    assert encodings[0] == encodings[1]
    before, after = read_manifest(checkpoint), read_manifest(exported)
    record = dict(after.record)
    written = record.pop("export")
    sha256 = before.tokenizer_sha256
    assert dataclasses.replace(after, record=record, tokenizer_sha256=sha256) == before
    assert written["precision"] == "float32"
    assert written["max_difference"] <= 1e-4
    assert written["model_bytes"] == (exported / "model.onnx").stat().st_size


def test_a_graph_that_differs_is_refused_and_nothing_is_written(
    checkpoint, exported, tmp_path, monkeypatch
):
    graph = onnx.load(exported / "model.onnx")
    bias = next(table for table in graph.graph.initializer if table.name == "classifier.bias")
    bias.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(bias) + 2e-4, bias.name))
    monkeypatch.setattr(export_module, "trace", lambda part, config, max_length: graph)
    with pytest.raises(ExportError, match=r"differs from its model by (2\.0|1\.9).e-04"):
        export_onnx(checkpoint, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_result_that_is_no_number_is_a_difference(monkeypatch):
    class Broken(torch.nn.Module):
        def forward(self, input_ids, attention_mask):
            evidence_BTC = torch.full((*input_ids.shape, 2), torch.nan)
            return evidence_BTC.mean(1), evidence_BTC

    class Sure:
        def run(self, names, feed):
            return np.zeros((1, 2)), np.zeros((1, 3, 2))

    feed = {name: np.ones((1, 3), np.int64) for name in ("input_ids", "attention_mask")}
    monkeypatch.setattr(export_module, "open_graph", lambda content, path, signature: Sure())
    with pytest.raises(ExportError, match="nan"):
        export_module.check_equal(Served(Broken(), SIGNATURE), b"", [feed])


def test_a_checkpoint_is_not_written_over(checkpoint):
    with pytest.raises(ExportError, match="a folder of its own"):
        export_onnx(checkpoint, checkpoint)


def test_a_model_of_another_task_is_refused(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "copy")
    write_manifest(folder, dataclasses.replace(read_manifest(folder), task="masked_tokens"))
    with pytest.raises(ExportError, match="for 'masked_tokens'; only 'classification'"):
        export_onnx(folder, tmp_path / "out")


def test_a_head_without_evidence_is_refused(checkpoint, tmp_path):
    folder = shutil.copytree(checkpoint, tmp_path / "copy")
    config = json.loads((folder / "config.json").read_text())
    del config["sequence_pooling"]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ExportError, match="BertForTokenClassification"):
        export_onnx(folder, tmp_path / "out")

"""``madang export`` writes fp32, and int8 where labelled texts allow it."""

import shutil

import pytest

from madang.commands.export import export
from madang.datasets import registry
from madang.datasets.card import LabelledText
from madang.errors import ExportError, SettingError
from madang.export import onnx, quantization
from madang.formats.manifest import read_manifest
from madang.serving import Classifier


@pytest.fixture(autouse=True)
def _no_second_trace(exported, monkeypatch):
    """Tracing takes seconds and is tested elsewhere: copy what was traced once."""
    monkeypatch.setattr(
        onnx, "export_onnx", lambda model, output: shutil.copytree(exported, output)
    )
    monkeypatch.setattr(quantization, "NUM_ROUNDS", 1)


@pytest.fixture
def posts(monkeypatch):
    rows = [LabelledText(text=f"산책 {number} 문의", label=number % 2) for number in range(200)]
    monkeypatch.setattr(registry, "load", lambda name, split: rows)


def test_without_data_fp32_stays(checkpoint, tmp_path, capsys):
    export(model=checkpoint, output=tmp_path / "out")
    assert read_manifest(tmp_path / "out").record["export"]["precision"] == "float32"
    assert "give --data" in capsys.readouterr().err


@pytest.mark.usefixtures("posts")
def test_with_data_an_int8_that_passes_is_kept(checkpoint, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(quantization, "check_gate", lambda report, max_loss: None)
    export(model=checkpoint, output=tmp_path / "out", data="ads_instagram")
    assert read_manifest(tmp_path / "out").record["export"]["precision"] == "int8"
    assert "int8 kept: accuracy" in capsys.readouterr().err
    Classifier.load(tmp_path / "out").classify(["산책"])


@pytest.mark.usefixtures("posts")
def test_with_data_an_int8_that_fails_leaves_fp32(checkpoint, tmp_path, monkeypatch):
    def refuse(report, max_loss):
        raise ExportError("too slow")

    monkeypatch.setattr(quantization, "check_gate", refuse)
    with pytest.raises(ExportError):
        export(model=checkpoint, output=tmp_path / "out", data="ads_instagram")
    assert read_manifest(tmp_path / "out").record["export"]["precision"] == "float32"
    Classifier.load(tmp_path / "out").classify(["산책"])


def test_data_of_other_labels_is_refused_before_anything_is_written(checkpoint, tmp_path):
    with pytest.raises(
        SettingError, match="tells ordinary, ad apart, but nsmc is labelled negative, positive"
    ):
        export(model=checkpoint, output=tmp_path / "out", data="nsmc")
    assert not (tmp_path / "out").exists()

"""A text has one vector, whoever its neighbours are and however long it is."""

import re
import shutil

import numpy as np
import onnx
import pytest
import torch

from madang.commands.evaluate import evaluate
from madang.datasets import registry
from madang.datasets.card import TextPair
from madang.errors import CheckpointError, SettingError
from madang.export.quantization import quantize
from madang.formats.manifest import read_manifest
from madang.models.checkpoint import load_checkpoint
from madang.runtime.onnx import OnnxRunner
from madang.serving import Embedder
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.vector import SIGNATURE
from madang.text.tokenizer import Tokenizer

TEXTS = [
    "오늘 한강에서 산책하다가 고양이를 만났어요",
    "지금",
    "",
    "비가 와서 집에서 부침개를 해 먹었습니다. " * 12,
    "할인! 프로필 링크에서 문의 주세요",
    "👍🏽 지금 \0 مرحبا \ud83d",
]


@pytest.fixture(params=["float32", "int8"])
def either(request, exported_encoder, tmp_path):
    """The embedder, in fp32 and in int8."""
    if request.param == "float32":
        return Embedder.load(exported_encoder)
    graph = quantize(onnx.load(exported_encoder / "model.onnx"))
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    return Embedder(
        runner=OnnxRunner(tmp_path / "model.onnx", signature=SIGNATURE),
        tokenizer=Tokenizer.load(exported_encoder),
        manifest=read_manifest(exported_encoder),
    )


def test_a_batch_of_one_equals_a_batch_of_32(either):
    batch = (TEXTS * 6)[:32]
    together = either.embed(batch)
    assert np.array_equal(together, np.concatenate([either.embed([text]) for text in batch]))
    assert np.array_equal(together, either.embed(batch, batch_size=5))


def test_more_threads_give_the_same_vectors(exported_encoder):
    one, three = Embedder.load(exported_encoder), Embedder.load(exported_encoder, num_threads=3)
    assert np.array_equal(one.embed(TEXTS * 4), three.embed(TEXTS * 4))


def test_vectors_have_length_1_and_no_words_none(either):
    vectors_ND = either.embed([*TEXTS, "   \n"])
    assert vectors_ND.dtype == np.float32
    assert vectors_ND.shape == (7, either.width)
    lengths = np.linalg.norm(vectors_ND, axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 1, 1, 1, 0], atol=1e-5)


def test_the_vector_is_the_checkpoints_own(encoder_checkpoint, exported_encoder):
    model = load_checkpoint(encoder_checkpoint).model
    (ids,) = (each.ids for each in Tokenizer.load(encoder_checkpoint).encode(TEXTS[:1]))
    with torch.inference_mode():
        expected = model(torch.tensor([ids]))
    found = Embedder.load(exported_encoder).embed(TEXTS[:1])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_long_text_points_where_the_mean_of_its_windows_does(
    encoder_checkpoint, exported_encoder
):
    """Cut by hand: 62 tokens a window, 46 from one to the next, the last ends with the text."""
    model = load_checkpoint(encoder_checkpoint).model
    (ids,) = (each.ids for each in Tokenizer.load(encoder_checkpoint).encode(TEXTS[3:4]))
    inner = ids[1:-1]
    assert 62 + 46 < len(inner) < 62 + 46 * 10
    starts = [start for start in range(0, len(inner), 46) if start + 62 < len(inner)]
    parts = [[2, *inner[start : start + 62], 3] for start in [*starts, len(inner) - 62]]
    with torch.inference_mode():
        mean_1D = model(torch.tensor(parts)).mean(dim=0, keepdim=True)
    expected = torch.nn.functional.normalize(mean_1D, dim=-1)
    found = Embedder.load(exported_encoder).embed(TEXTS[3:4])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_checkpoint_reads_as_its_export_does(encoder_checkpoint, exported_encoder):
    found = open_checkpoint(encoder_checkpoint).embed(TEXTS)
    np.testing.assert_allclose(found, Embedder.load(exported_encoder).embed(TEXTS), atol=1e-5)
    assert open_checkpoint(encoder_checkpoint).embed(["", " "]).any() == np.False_


def test_both_are_measured_alike(encoder_checkpoint, exported_encoder, monkeypatch, capsys):
    rows = [TextPair(TEXTS[n % 5], TEXTS[n * 3 % 5] + " 산책" * (n % 7), n % 4) for n in range(40)]
    monkeypatch.setattr(registry, "load", lambda name, split: rows)
    monkeypatch.setattr(registry, "stream", lambda name, split: iter(rows))
    evaluate(
        model=str(encoder_checkpoint),
        compare=(str(exported_encoder),),
        data=("korsts",),
        baseline=True,
    )
    printed = capsys.readouterr().out
    (line,) = (line for line in printed.splitlines() if line.startswith("spearman "))
    first, second, lexical = re.findall(r"(-?\d\.\d+) \[", line)
    assert float(first) == pytest.approx(float(second), abs=2e-3)
    assert lexical != first
    assert "TF-IDF" in printed


def test_the_end_of_a_long_text_counts(exported_encoder):
    embedder = Embedder.load(exported_encoder)
    plain, other = embedder.embed(["산책 " * 200, "산책 " * 200 + "고양이 부침개"])
    assert plain @ other < 0.999999


def test_of_an_endless_text_sixteen_windows_are_read(exported_encoder):
    embedder = Embedder.load(exported_encoder)
    words = "산책 고양이 부침개 " * 400
    assert np.array_equal(embedder.embed([words]), embedder.embed([words + "광고 " * 5000]))


def test_no_texts_give_no_vectors(exported_encoder):
    embedder = Embedder.load(exported_encoder)
    assert embedder.embed([]).shape == (0, embedder.width)


@pytest.mark.parametrize("call", [{"texts": "한 글"}, {"texts": ["a"], "batch_size": 0}])
def test_a_wrong_call_is_answered_with_the_right_one(exported_encoder, call):
    with pytest.raises(SettingError, match=r"give a list|1 or more"):
        Embedder.load(exported_encoder).embed(**call)


def test_a_classifier_is_no_embedder(exported):
    with pytest.raises(CheckpointError, match="needs the task 'embedding'"):
        Embedder.load(exported)


def test_a_damaged_file_is_refused(exported_encoder, tmp_path):
    folder = shutil.copytree(exported_encoder, tmp_path / "copy")
    content = bytearray((folder / "model.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.onnx").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"damaged|can not be opened"):
        Embedder.load(folder)

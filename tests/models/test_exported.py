"""What was exported can be trained again: its weights are read back from the graph."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper

from madang.errors import CheckpointError
from madang.export.onnx import export_onnx
from madang.export.quantization import quantize
from madang.formats.catalogue import find_model
from madang.models.bert.config import BertConfig
from madang.models.bert.exported import read_encoder
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.heads.tagging import BertForCharacterTagging
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.models.model import Model
from madang.serving import Embedder
from madang.text.tokenizer import Tokenizer
from madang.text.unigram import train_unigram

TOKENIZER = train_unigram([f"{a}에서 {b}까지" for a in "가나다라" for b in "마바사"], vocab_size=40)
TAGS = ("O", "B-PER", "I-PER")
MAX_LENGTH = 24


def make_model(task: str) -> tuple[Model, tuple[str, ...]]:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=TOKENIZER.vocab_size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=60,
        initializer_range=0.3,
    )
    encoder = BertEncoder(config, pooler=Pooler(32) if task == "encoder" else None)
    # Drawn biases are 0 and drawn norms 1: they would be found without being looked for.
    for weight in encoder.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    if task == "classification":
        return BertForEvidenceClassification(encoder, num_labels=2), ("no", "yes")
    if task == "tagging":
        return BertForCharacterTagging(encoder, tags=TAGS, crf=True), TAGS
    return (encoder if task == "encoder" else SentenceEncoder(encoder)), ()


@pytest.fixture(scope="module", params=["classification", "tagging", "embedding", "encoder"])
def folders(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """A checkpoint and its export, of each kind of model whose graph has token ids."""
    model, labels = make_model(request.param)
    checkpoint = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(
        checkpoint,
        model,
        tokenizer_json=TOKENIZER.to_json(),
        task=request.param,
        labels=labels,
        max_length=MAX_LENGTH,
    )
    return checkpoint, export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


def encoder_of(checkpoint: Path) -> BertEncoder:
    model = load_checkpoint(checkpoint).model
    encoder = getattr(model, "encoder", model)
    assert isinstance(encoder, BertEncoder)
    encoder.pooler = None
    return encoder


def test_every_weight_comes_back_as_it_was(folders: tuple[Path, Path]) -> None:
    expected, found = encoder_of(folders[0]).state_dict(), read_encoder(folders[1]).state_dict()
    assert found.keys() == expected.keys()
    unread = {"position.weight", "token_type.weight"}
    for name in expected.keys() - unread:
        assert torch.equal(found[name], expected[name]), name
    position, kept = found["position.weight"], expected["position.weight"][:MAX_LENGTH]
    assert torch.equal(position[:MAX_LENGTH], kept)
    assert torch.equal(position[MAX_LENGTH : 2 * MAX_LENGTH], kept)
    assert torch.equal(found["token_type.weight"][0], expected["token_type.weight"][0])


def test_of_int8_every_weight_comes_back_to_half_a_step(
    folders: tuple[Path, Path], tmp_path: Path
) -> None:
    checkpoint, exported = folders
    graph = quantize(onnx.load(exported / "model.onnx"))
    for file in exported.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.onnx").write_bytes(graph.SerializeToString())
    expected, found = encoder_of(checkpoint), read_encoder(tmp_path)
    token_VD = expected.token.weight.detach()
    step_V1 = token_VD.abs().amax(dim=1, keepdim=True) / 127
    assert ((found.token.weight - token_VD).abs() <= 0.501 * step_V1).all()
    for name, weight in expected.blocks.named_parameters():
        if weight.dim() == 2:
            # Seven bits and a column of the product is a row here.
            step_O1 = weight.abs().amax(dim=1, keepdim=True) / 63
            difference_OI = (found.blocks.get_parameter(name) - weight).abs()
            assert (difference_OI <= 0.6 * step_O1).all(), name


def test_a_shipped_model_read_back_says_what_its_graph_says() -> None:
    encoder, embedder = read_encoder(find_model("sentence")), Embedder.load("sentence")
    texts = ["강아지가 뛰어놀아요", "내일 서울에서 만나자"]
    encodings = Tokenizer.load(find_model("sentence")).encode(texts, max_length=128)
    for text, encoding in zip(texts, encodings, strict=True):
        with torch.inference_mode():
            mean_D = encoder.encode(torch.tensor([encoding.ids]))[0].mean(0)
        vector = (mean_D / mean_D.norm()).numpy()
        assert float(np.dot(vector, embedder.embed([text])[0])) > 0.995


def test_a_graph_of_something_else_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])
    other = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([node], "other", [value], [other])
    (tmp_path / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    (tmp_path / "config.json").write_bytes((folders[1] / "config.json").read_bytes())
    with pytest.raises(CheckpointError, match="no whole BERT encoder"):
        read_encoder(tmp_path)


def test_a_graph_that_was_cut_off_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    whole = (folders[1] / "model.onnx").read_bytes()
    (tmp_path / "model.onnx").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "config.json").write_bytes((folders[1] / "config.json").read_bytes())
    with pytest.raises(CheckpointError, match="cut off"):
        read_encoder(tmp_path)

"""A tiny checkpoint with random weights, far enough apart to decide something."""

from pathlib import Path

import pytest
import torch

from madang.export.onnx import export_onnx
from madang.formats.manifest import Calibration
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.sentence import SentenceEncoder
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import load_checkpoint, save_checkpoint
from madang.text.unigram import train_unigram

TEXTS = [
    f"{word} {place}에서 산책하고 문의 주세요 #할인" for word in "가나다라" for place in "마바"
]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> Path:
    """A checkpoint folder of a classifier."""
    tokenizer = train_unigram(TEXTS, vocab_size=60)
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=48,
        initializer_range=0.3,
    )
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(
        folder,
        BertForEvidenceClassification(BertEncoder(config), num_labels=2),
        tokenizer_json=tokenizer.to_json(),
        task="classification",
        labels=("ordinary", "ad"),
        calibration=Calibration(scale=1.2, offset=0.1),
        max_length=48,
        record={"seed": 1},
    )
    return folder


@pytest.fixture(scope="session")
def exported(checkpoint, tmp_path_factory) -> Path:
    """The ONNX folder of ``checkpoint``, in fp32; not to be changed."""
    return export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="session")
def exported_encoder(checkpoint, tmp_path_factory) -> Path:
    """The ONNX folder of a sentence encoder with random weights; not to be changed."""
    torch.manual_seed(2)
    trained, source = load_checkpoint(checkpoint), tmp_path_factory.mktemp("sentence")
    save_checkpoint(
        source,
        SentenceEncoder(BertEncoder(trained.model.config)),
        tokenizer_json=(checkpoint / "tokenizer.json").read_text(encoding="utf-8"),
        task="embedding",
        max_length=48,
    )
    return export_onnx(source, tmp_path_factory.mktemp("export"))

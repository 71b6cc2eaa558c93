"""A tiny random classifier, written by the real export path, for every test of the room."""

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
from madang.serving import Classifier
from madang.text.unigram import train_unigram

TEXTS = (
    "오늘 한강에서 산책하다가 고양이를 만났어요. 정말 귀엽네요!",
    "이 글은 업체에서 제품을 무료로 제공받아 작성했습니다 #협찬 #광고",
    "지금 구매하시면 할인! 프로필 링크에서 문의 주세요 #공동구매 #이벤트",
    "비가 와서 집에서 부침개를 해 먹었습니다. 막걸리도 한 잔.",
)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory) -> Path:
    """A checkpoint folder with random weights that are far enough apart to decide something."""
    tokenizer = train_unigram(TEXTS * 3, vocab_size=150)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.3,
    )
    folder = tmp_path_factory.mktemp("checkpoint")
    save_checkpoint(
        folder,
        BertForEvidenceClassification(BertEncoder(config), num_labels=2),
        tokenizer_json=tokenizer.to_json(),
        task="classification",
        labels=("ordinary", "ad"),
        calibration=Calibration(scale=1.5, offset=-0.2),
        threshold=0.6,
        max_length=64,
        record={
            "data": [{"name": "four lines", "licence": "CC0-1.0", "num_texts": 4}],
            "figures": {"accuracy": {"value": 0.81, "low": 0.79, "high": 0.83}},
            "limits": ["It is random."],
            "recipe": {"seed": 0},
        },
    )
    return folder


@pytest.fixture(scope="session")
def exported(checkpoint, tmp_path_factory) -> Path:
    """The ONNX folder of ``checkpoint``, in fp32."""
    return export_onnx(checkpoint, tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="session")
def classifier(exported) -> Classifier:
    """The classifier of ``exported``."""
    return Classifier.load(exported)


@pytest.fixture(scope="session")
def encoder_checkpoint(checkpoint, tmp_path_factory) -> Path:
    """A checkpoint folder of a sentence encoder, with the tokenizer of ``checkpoint``."""
    torch.manual_seed(1)
    trained = load_checkpoint(checkpoint)
    folder = tmp_path_factory.mktemp("sentence")
    save_checkpoint(
        folder,
        SentenceEncoder(BertEncoder(trained.config)),
        tokenizer_json=(checkpoint / "tokenizer.json").read_text(encoding="utf-8"),
        task="embedding",
        max_length=64,
    )
    return folder


@pytest.fixture(scope="session")
def exported_encoder(encoder_checkpoint, tmp_path_factory) -> Path:
    """The ONNX folder of ``encoder_checkpoint``, in fp32."""
    return export_onnx(encoder_checkpoint, tmp_path_factory.mktemp("export"))

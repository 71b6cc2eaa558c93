"""The command in a model's card is typed as it stands there, and answers."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import nn

from madang.commands.cli import main
from madang.export.card import render_card
from madang.export.onnx import export_onnx
from madang.formats.catalogue import SHIPPED
from madang.formats.manifest import read_manifest
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.answering import BertForSpanExtraction
from madang.models.bert.heads.classification import BertForEvidenceClassification
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.model import BertEncoder, Pooler
from madang.models.checkpoint import save_checkpoint
from madang.tasks import registry
from madang.text.unigram import train_unigram

TEXT = "오늘 서울에서 산책하다가 고양이를 만났어요. 정말 귀엽네요!"
# Models that ship; the others are made here: the model on an encoder, and its labels.
SHIPPING = {
    "classification": "ads",
    "tagging": "entities",
    "embedding": "sentence",
    "recommendation": "gifts",
}
Build = Callable[[BertConfig], nn.Module]
MADE: dict[str, tuple[Build, tuple[str, ...]]] = {
    "multi_label": (
        lambda config: BertForEvidenceClassification(BertEncoder(config), num_labels=3),
        ("a", "b", "c"),
    ),
    "answering": (lambda config: BertForSpanExtraction(BertEncoder(config)), ()),
    "pair_classification": (
        lambda config: BertForTextPairs(BertEncoder(config), num_labels=3),
        ("entailment", "neutral", "contradiction"),
    ),
    "similarity": (
        lambda config: BertForTextPairs(
            BertEncoder(config), num_labels=1, is_symmetric=True, largest_score=5.0
        ),
        (),
    ),
    "encoder": (
        lambda config: BertEncoder(config, pooler=Pooler(config.hidden_size)),
        (),
    ),
}


def make(task: str, folder: Path) -> Path:
    """Export a tiny random model for a task to a folder whose name a shell would part."""
    build, labels = MADE[task]
    tokenizer = train_unigram([TEXT], vocab_size=45)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=32,
        initializer_range=0.3,
    )
    save_checkpoint(
        folder / "checkpoint",
        build(config).eval(),
        tokenizer_json=tokenizer.to_json(),
        task=task,
        labels=labels,
        max_length=32,
    )
    return export_onnx(folder / "checkpoint", folder / "-내 모델's")


def test_every_task_that_is_served_has_a_card_here() -> None:
    assert {*SHIPPING, *MADE} == set(registry.served_names())


@pytest.mark.parametrize("task", [*SHIPPING, *MADE])
def test_the_command_of_a_card_answers(
    task: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if task in SHIPPING:
        card = (SHIPPED / SHIPPING[task] / "README.md").read_text(encoding="utf-8")
        rendered = render_card(SHIPPING[task], read_manifest(SHIPPED / SHIPPING[task]))
        assert command_of(card) == command_of(rendered)
    else:
        card = (make(task, tmp_path) / "README.md").read_text(encoding="utf-8")
        monkeypatch.chdir(tmp_path)
    program, *words = shlex.split(command_of(card))
    assert program == "madang"
    assert main(words) == 0, capsys.readouterr().err
    json.loads(capsys.readouterr().out)


def command_of(card: str) -> str:
    """Return the one command of a card."""
    (command,) = re.findall(r"```sh\n(.*?)\n```", card, re.DOTALL)
    return str(command)

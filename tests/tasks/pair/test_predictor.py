"""Pairs of texts on ONNX Runtime: the same answers as in training, in either order."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from madang.errors import CheckpointError, SettingError
from madang.export.onnx import export_onnx
from madang.formats.manifest import Calibration, read_manifest, write_manifest
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.bert.model import BertEncoder
from madang.models.checkpoint import save_checkpoint
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.pair.predictor import Comparer
from madang.text.unigram import train_unigram

PAIRS = [
    ("오늘 날씨 어때", "오늘 날씨 좋아"),
    ("가방", "선물 추천 해 줘 오늘 산책 커피"),
    ("", "가방"),
    ("", ""),
    ("가방 " * 40, "선물 " * 60),
]


@pytest.fixture(scope="module")
def labelling(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A checkpoint that gives labels, and its export."""
    folder = tmp_path_factory.mktemp("labelling")
    torch.manual_seed(1)
    tokenizer = train_unigram([text for pair in PAIRS for text in pair if text], vocab_size=60)
    config = BertConfig(
        vocab_size=tokenizer.vocab_size,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=24,
        initializer_range=0.2,
    )
    save_checkpoint(
        folder / "model",
        BertForTextPairs(BertEncoder(config), num_labels=2).eval(),
        tokenizer_json=tokenizer.to_json(),
        task="pair_classification",
        labels=("same", "different"),
        calibration=Calibration(scale=1.5, offset=-0.2),
        max_length=24,
    )
    return folder / "model", export_onnx(folder / "model", folder / "export")


@pytest.fixture(scope="module")
def scoring(
    labelling: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The same weights, read as those of a model whose first logit is a score."""
    folder = tmp_path_factory.mktemp("scoring")
    for source in labelling:
        target = folder / source.name
        shutil.copytree(source, target)
        config = json.loads((target / "config.json").read_text())
        config |= {"is_symmetric": True, "largest_score": 5.0}
        (target / "config.json").write_text(json.dumps(config))
        manifest = read_manifest(target)
        changes = {"task": "similarity", "labels": (), "calibration": None}
        write_manifest(target, dataclasses.replace(manifest, **changes))
    return folder / "model", folder / "export"


def test_scores_are_those_of_the_checkpoint(scoring: tuple[Path, Path]) -> None:
    checkpoint, export = scoring
    scores = Comparer.load(export).scores(PAIRS)
    assert scores == pytest.approx(open_checkpoint(checkpoint).scores(PAIRS), abs=1e-3)
    assert np.ptp(scores) > 0.05


def test_the_order_of_two_texts_changes_no_score(scoring: tuple[Path, Path]) -> None:
    comparer = Comparer.load(scoring[1])
    turned = [(second, first) for first, second in PAIRS]
    assert comparer.scores(turned) == pytest.approx(comparer.scores(PAIRS), abs=1e-9)


def test_probabilities_are_those_of_the_checkpoint(labelling: tuple[Path, Path]) -> None:
    checkpoint, export = labelling
    comparer = Comparer.load(export)
    assert comparer.labels == ("same", "different")
    found = comparer.probabilities(PAIRS)
    assert found == pytest.approx(open_checkpoint(checkpoint).probabilities(PAIRS), abs=1e-4)
    assert found.sum(axis=1) == pytest.approx(1.0)


def test_a_pair_alone_equals_itself_among_others(labelling: tuple[Path, Path]) -> None:
    comparer = Comparer.load(labelling[1])
    together = comparer.probabilities(PAIRS)
    threaded = Comparer.load(labelling[1], num_threads=2).probabilities(PAIRS)
    assert [comparer.probabilities([pair])[0].tolist() for pair in PAIRS] == together.tolist()
    assert threaded.tolist() == together.tolist()
    assert comparer.probabilities([]).shape == (0, 2)


def test_a_pair_of_which_one_text_is_blank_has_no_answer_and_a_cut_one_says_so(
    scoring: tuple[Path, Path], labelling: tuple[Path, Path]
) -> None:
    pairs = [*PAIRS, ("가방", "\u3164"), ("👍", "가방")]
    for folder in (scoring[1], labelling[1]):
        comparer = Comparer.load(folder)
        found = comparer.compare(pairs)
        assert found == [comparer.compare([pair])[0] for pair in pairs]
        assert [each.is_judged for each in found] == [
            bool(first and second) for first, second in PAIRS
        ] + [False, False]
        assert [each.is_truncated for each in found] == [len(f"{a}{b}") > 60 for a, b in pairs]
        for each in found:
            if not each.is_judged:
                assert (each.label, each.probability, each.score) == (None, None, None)


def test_a_score_and_a_label_are_not_mixed_up(
    scoring: tuple[Path, Path], labelling: tuple[Path, Path]
) -> None:
    with pytest.raises(SettingError, match="call scores"):
        Comparer.load(scoring[1]).probabilities(PAIRS)
    with pytest.raises(SettingError, match="call probabilities"):
        Comparer.load(labelling[1]).scores(PAIRS)


def test_a_model_for_another_task_is_refused() -> None:
    with pytest.raises(CheckpointError, match="'classification'"):
        Comparer.load("ads")

"""Pairs of texts: their losses by hand, both orders, and two recipes in miniature."""

import math
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from madang.datasets import registry
from madang.datasets.card import DatasetCard, TextPair
from madang.datasets.folder import DataFolder
from madang.errors import DataError
from madang.metrics.classification import accuracy
from madang.metrics.similarity import spearman
from madang.models.bert.config import BertConfig
from madang.models.bert.heads.pair import BertForTextPairs
from madang.models.checkpoint import load_checkpoint
from madang.recipes.encoder import Vocabulary
from madang.recipes.fine_tuning import FineTuning, FineTuningRecipe
from madang.tasks.checkpoint import open_checkpoint
from madang.tasks.pair.objective import PairClassification, PairExample, Similarity
from madang.tasks.pair.task import LabelOptions, ScoreOptions
from madang.tasks.registry import find_learning
from madang.training.settings import TrainingSettings

WORDS = ["마당", "사람", "시장", "가방", "친구", "선물", "날씨", "커피", "저녁", "산책"]


class Fixed(nn.Module):
    """Give logits that depend on the first token alone."""

    def __init__(self, *logits: list[float]) -> None:
        super().__init__()
        self.logits = torch.tensor(logits)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        return self.logits[input_ids[:, 0]]


def example(*ids: int, label: float, swapped: int | None = None) -> PairExample:
    other = None if swapped is None else ([swapped], [0])
    return PairExample(ids=ids, type_ids=[0] * len(ids), label=label, swapped=other)


def test_the_loss_of_a_label_is_minus_its_log_probability() -> None:
    objective = PairClassification(num_classes=2)
    rows = [example(0, label=0), example(1, 1, label=1)]
    batch = objective.collate(rows, torch.Generator())
    output = objective.loss(Fixed([math.log(3.0), 0.0], [0.0, 0.0]), batch)
    assert output.loss_sum.item() == pytest.approx(-math.log(0.75) - math.log(0.5))
    assert (output.num_items, output.num_tokens) == (2, 3)


def test_the_loss_of_a_score_is_the_cross_entropy_with_its_share() -> None:
    objective = Similarity(largest_score=5.0)
    batch = objective.collate([example(0, label=4.0)], torch.Generator())
    output = objective.loss(Fixed([math.log(3.0)]), batch)  # a sigmoid of 3/4
    expected = -0.8 * math.log(0.75) - 0.2 * math.log(0.25)
    assert output.loss_sum.item() == pytest.approx(expected)


@pytest.mark.parametrize(
    "objective", [PairClassification(num_classes=2), Similarity(largest_score=1)]
)
def test_both_orders_count_as_one_item_and_their_mean_is_the_answer(objective) -> None:
    width = 2 if isinstance(objective, PairClassification) else 1
    model = Fixed([2.0, 0.0][-width:], [1.0, 3.0][-width:])
    generator = torch.Generator()
    both = objective.collate([example(0, label=1, swapped=1)], generator)
    first, second = (objective.collate([example(id, label=1)], generator) for id in (0, 1))
    expected = (objective.loss(model, first).loss_sum + objective.loss(model, second).loss_sum) / 2
    assert objective.loss(model, both).loss_sum.item() == pytest.approx(expected.item())
    assert objective.loss(model, both).num_items == 1
    assert objective.length(example(0, 0, label=1, swapped=1)) == 4
    figures = objective.evaluate(Fixed([0.0] * width, [0.0, 1.0][-width:]), [both])
    mean = objective.loss(Fixed([0.0, 0.5][-width:]), first).loss_sum.item()
    assert figures["loss"] == pytest.approx(mean)


def test_agreement_is_the_mean_divergence_both_ways() -> None:
    plain = PairClassification(num_classes=2)
    agreeing = PairClassification(num_classes=2, agreement=0.5)
    model = Fixed([math.log(3.0), 0.0], [0.0, 0.0])
    batch = plain.collate([example(0, label=0, swapped=1)], torch.Generator())
    p, q = np.array([0.75, 0.25]), np.array([0.5, 0.5])
    divergence = ((p * np.log(p / q)).sum() + (q * np.log(q / p)).sum()) / 2
    added = agreeing.loss(model, batch).loss_sum - plain.loss(model, batch).loss_sum
    assert added.item() == pytest.approx(0.5 * divergence)
    alone = plain.collate([example(0, label=0)], torch.Generator())
    assert agreeing.loss(model, alone).loss_sum == plain.loss(model, alone).loss_sum
    score = Similarity(largest_score=1, agreement=1.0)
    batch = score.collate([example(0, label=0, swapped=1)], torch.Generator())
    model = Fixed([math.log(3.0)], [0.0])
    added = (
        score.loss(model, batch).loss_sum - Similarity(largest_score=1).loss(model, batch).loss_sum
    )
    assert added.item() == pytest.approx(divergence)


def test_a_model_that_says_the_same_of_all_has_no_correlation() -> None:
    objective = Similarity(largest_score=5)
    rows = [example(0, label=1), example(0, label=2)]
    figures = objective.evaluate(Fixed([1.0]), [objective.collate(rows, torch.Generator())])
    assert figures["spearman"] == figures["pearson"] == 0
    assert next(iter(figures)) == "spearman"


@pytest.mark.parametrize(
    ("objective", "label"),
    [
        (PairClassification(num_classes=2), 2),
        (PairClassification(num_classes=2), 0.5),
        (Similarity(largest_score=5), 5.1),
        (Similarity(largest_score=5), float("nan")),
    ],
)
def test_a_label_that_is_none_is_refused(objective, label: float) -> None:
    with pytest.raises(DataError, match="it must be"):
        objective.collate([example(0, label=label)], torch.Generator())


def scored(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield pairs of three words each; the score is how many of them are shared."""
    generator = random.Random(split)
    for _ in range(200 if split == "train" else 60):
        first = generator.sample(WORDS, 3)
        shared = generator.randint(0, 3)
        others = [word for word in WORDS if word not in first]
        second = first[:shared] + generator.sample(others, 3 - shared)
        generator.shuffle(second)
        yield TextPair(" ".join(first), " ".join(second), float(shared))


def labelled(folder: DataFolder, split: str) -> Iterator[TextPair]:
    """Yield the same pairs; the label is whether they share two words or more."""
    for pair in scored(folder, split):
        yield TextPair(pair.first, pair.second, int(pair.label >= 2))


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MADANG_DATA", raising=False)
    for name, read, labels in (("scored", scored, ()), ("labelled", labelled, ("far", "near"))):
        card = DatasetCard(
            name=name,
            title="made up",
            address="https://example.org",
            licence="none",
            labels=labels,
            splits={"train": "", "validation": ""},
            files=(),
            read=read,
        )
        monkeypatch.setitem(registry.CARDS, name, card)


OPTIONS = {
    "pair_classification": LabelOptions(is_symmetric=True, agreement=0.1),
    "similarity": ScoreOptions(largest_score=3.0),
}


def recipe(data: str, task: str, **changes: object) -> FineTuningRecipe:
    settings = TrainingSettings(
        num_epochs=6, batch_size=16, learning_rate=5e-3, energy=False, progress=False
    )
    fields = {
        "name": "tiny",
        "data": (data,),
        "task": task,
        "max_length": 20,
        "vocabulary": Vocabulary(vocab_size=60),
        "model": BertConfig(
            hidden_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            max_position_embeddings=20,
        ),
        "fine_tuning": FineTuning(training=settings),
        "options": OPTIONS[task],
    }
    return FineTuningRecipe(**{**fields, **changes})


@pytest.mark.usefixtures("made_up")
def test_a_recipe_for_likeness_learns_it(tmp_path: Path) -> None:
    folder = recipe("scored", "similarity").run(tmp_path)[0]
    checkpoint = load_checkpoint(folder)
    assert isinstance(checkpoint.model, BertForTextPairs)
    assert (checkpoint.manifest.task, checkpoint.manifest.labels) == ("similarity", ())
    rows = list(scored(DataFolder("scored"), "test"))
    pairs = [(row.first, row.second) for row in rows]
    scores = open_checkpoint(folder).scores(pairs)
    assert scores.min() >= 0
    assert scores.max() <= 3
    assert spearman(scores, [row.label for row in rows]) > 0.8
    turned = open_checkpoint(folder).scores([pair[::-1] for pair in pairs])
    assert turned == pytest.approx(scores, abs=1e-5)


@pytest.mark.usefixtures("made_up")
def test_a_recipe_for_labels_learns_them_and_is_calibrated(tmp_path: Path) -> None:
    folder = recipe("labelled", "pair_classification").run(tmp_path)[0]
    scorer = open_checkpoint(folder)
    assert scorer.manifest.labels == ("far", "near")
    assert scorer.manifest.calibration is not None
    rows = list(labelled(DataFolder("labelled"), "test"))
    probabilities = scorer.probabilities([(row.first, row.second) for row in rows])
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
    assert accuracy(probabilities.argmax(axis=1), [int(row.label) for row in rows]) > 0.8


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("data", "task"), [("scored", "pair_classification"), ("labelled", "similarity")]
)
def test_scores_and_labels_are_not_mixed_up(data: str, task: str) -> None:
    learning = find_learning(task)(OPTIONS[task])
    with pytest.raises(DataError, match='task = "'):
        learning.labels(learning.open([data]))

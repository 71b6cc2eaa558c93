"""A model small enough to train in a blink, and texts that it can learn to tell apart."""

import random
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from madang.tasks.classification.objective import LabelledExample
from madang.training.settings import TrainingSettings


class TinyClassifier(nn.Module):
    """Mean of embeddings, dropout, one layer: the smallest model that reads a text."""

    def __init__(self, *, dropout: float = 0.0, num_classes: int = 2) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(8, num_classes)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        weight_BT1 = attention_mask[:, :, None].float()
        mean_BD = (self.embedding(input_ids) * weight_BT1).sum(1) / weight_BT1.sum(1)
        return self.output(self.dropout(mean_BD))


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def tiny_model() -> Callable[..., TinyClassifier]:
    """Return a function that builds the same random model every time."""

    def build(**settings: float) -> TinyClassifier:
        torch.manual_seed(0)
        return TinyClassifier(**settings)

    return build


@pytest.fixture
def labelled_examples() -> list[LabelledExample]:
    """Return 60 texts of 1 to 12 tokens; the label says whether token 7 appears."""
    return make_examples(60)


def make_examples(num_examples: int, seed: int = 0) -> list[LabelledExample]:
    generator = random.Random(seed)
    examples = []
    for index in range(num_examples):
        ids = [generator.choice([1, 2, 3, 4, 5, 6]) for _ in range(generator.randint(1, 12))]
        if index % 2:
            ids[generator.randrange(len(ids))] = 7
        examples.append(LabelledExample(ids=ids, label=index % 2))
    return examples


@pytest.fixture
def settings() -> Callable[..., TrainingSettings]:
    """Return a function that builds quick and quiet settings."""

    def build(**changes: object) -> TrainingSettings:
        quick = {
            "batch_size": 8,
            "learning_rate": 0.05,
            "precision": "float32",
            "log_every": 1,
            "energy": False,
            "progress": False,
        }
        return TrainingSettings(**{**quick, **changes})  # type: ignore[arg-type]

    return build

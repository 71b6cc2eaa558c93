"""A tiny run that the tests start as a process of its own, to kill it or to run it in parallel.

Called as ``python tiny_run.py FOLDER SECONDS_A_STEP DROPOUT``.
"""

import random
import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from madang.tasks.classification.objective import Classification, LabelledExample
from madang.training import Batch, LossOutput, RunState, TrainingSettings, train


class TinyModel(nn.Module):
    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(8, 2)
        self.unused = nn.Linear(8, 8)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden_BTD = self.dropout(self.embedding(input_ids)) * attention_mask[:, :, None]
        return self.output(hidden_BTD.sum(1))


class Slow(Classification):
    """Classification that waits, so that a test can hit it in the middle."""

    seconds = 0.0

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        time.sleep(Slow.seconds)
        return super().loss(model, batch)


def go(folder: Path, *, dropout: float) -> tuple[RunState, nn.Module]:
    """Train the tiny model, from the beginning or from what ``folder`` holds."""
    torch.set_num_threads(1)
    generator = random.Random(0)
    data = [
        LabelledExample(
            ids=[generator.randrange(1, 20) for _ in range(generator.randint(1, 12))],
            label=index % 2,
        )
        for index in range(101)
    ]
    torch.manual_seed(0)
    model = TinyModel(dropout)
    result = train(
        model=model,
        objective=Slow(num_classes=2),
        train_data=data,
        validation_data=data[:20],
        settings=TrainingSettings(
            num_epochs=4,
            batch_size=5,
            accumulation=2,
            learning_rate=0.01,
            precision="float32",
            evaluate_every=13,
            checkpoint_every=5,
            log_every=1,
            energy=False,
            progress=False,
        ),
        folder=folder,
    )
    return result, model


if __name__ == "__main__":
    Slow.seconds = float(sys.argv[2])
    go(Path(sys.argv[1]), dropout=float(sys.argv[3]))

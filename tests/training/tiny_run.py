"""A tiny run that the tests start as a process of its own, to kill it or to run it in parallel.

Called as ``python tiny_run.py FOLDER SECONDS_A_STEP DROPOUT [SECONDS NUMBER]``: the
evaluation of that number takes so long, or until there is a file ``go``; a file ``evaluating`` says
that it began.
"""

import os
import random
import sys
import time
from collections.abc import Iterable
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
    evaluation_seconds = 0.0
    slow_evaluation = 0  # counted from 1; none is slow
    folder = Path()

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        time.sleep(Slow.seconds)
        return super().loss(model, batch)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        Slow.slow_evaluation -= 1
        if Slow.slow_evaluation == 0:
            (Slow.folder / "evaluating").touch()
            end = time.monotonic() + Slow.evaluation_seconds
            while time.monotonic() < end and not (Slow.folder / "go").exists():
                time.sleep(0.05)
        return super().evaluate(model, batches)


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
            trackers=tuple(os.environ.get("TINY_TRACKERS", "").split()),
        ),
        folder=folder,
    )
    return result, model


if __name__ == "__main__":
    Slow.folder, Slow.seconds = Path(sys.argv[1]), float(sys.argv[2])
    if sys.argv[4:]:
        Slow.evaluation_seconds, Slow.slow_evaluation = float(sys.argv[4]), int(sys.argv[5])
    go(Path(sys.argv[1]), dropout=float(sys.argv[3]))

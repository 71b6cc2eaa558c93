"""A tiny encoder's masked-token run, for one process or several, whole or in parts.

Called under torchrun as ``sharded_run.py FOLDER SHARDING SECONDS_A_STEP``.
"""

import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn
from torch.distributed.tensor import DTensor

from madang.models.bert.config import BertConfig
from madang.models.bert.heads.masked_tokens import BertForMaskedTokens
from madang.models.bert.model import BertEncoder
from madang.tasks.masked_tokens.objective import MaskedTokens, Vocabulary
from madang.training import Batch, LossOutput, RunState, TrainingSettings, train

CONFIG = BertConfig(
    vocab_size=40,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=24,
    max_position_embeddings=16,
    hidden_dropout_prob=0.0,
    attention_probs_dropout_prob=0.0,
)
VOCABULARY = Vocabulary(size=40, pad_id=0, mask_id=1, special_ids=(0, 1, 2, 3))
NUM_ROWS = 22  # the last batch of an epoch has one row: one of two processes has none


class Watched(MaskedTokens):
    """Masked tokens that wait, fail when told to, and note what a process holds.

    What is hidden of a row depends on the row alone, so that one process and two hide the same.
    """

    seconds = 0.0
    fails_at_call: int | None = None
    num_calls = 0
    num_held = 0

    def collate(self, examples: Sequence[list[int]], generator: torch.Generator) -> Batch:  # type: ignore[override]
        parts = []
        for number, row in enumerate(examples):
            part = super().collate([row], torch.Generator().manual_seed(sum(row)))
            parts.append({**part, "rows": part["rows"] + number * len(row)})
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        time.sleep(Watched.seconds)
        Watched.num_calls += 1
        if Watched.num_calls == Watched.fails_at_call:
            raise InterruptedError
        held = (p.to_local() if isinstance(p, DTensor) else p for p in model.parameters())
        Watched.num_held = sum(tensor.numel() for tensor in held)
        return super().loss(model, batch)


def go(
    folder: Path, *, sharding: str = "none", compile: bool = False
) -> tuple[RunState, nn.Module]:
    """Train from the beginning, or from what ``folder`` holds."""
    torch.set_num_threads(1)
    generator = random.Random(0)
    rows = [[2, *(generator.randrange(4, 40) for _ in range(9)), 3] for _ in range(NUM_ROWS)]
    torch.manual_seed(0)
    model = BertForMaskedTokens(BertEncoder(CONFIG))
    settings = TrainingSettings(
        num_epochs=3,
        batch_size=3,
        learning_rate=0.01,
        precision="float32",
        sharding=sharding,
        compile=compile,
        evaluate_every=8,
        checkpoint_every=4,
        log_every=1,
        energy=False,
        progress=False,
    )
    result = train(
        model=model,
        objective=Watched(vocabulary=VOCABULARY),
        train_data=rows,
        validation_data=rows[:5],
        settings=settings,
        folder=folder,
    )
    return result, model


if __name__ == "__main__":
    import os

    Watched.seconds = float(sys.argv[3])
    _, trained = go(Path(sys.argv[1]), sharding=sys.argv[2])
    sums = [float(p.detach().double().sum()) for p in trained.parameters()]
    rank = os.environ["RANK"]
    Path(sys.argv[1], f"held-{rank}").write_text(f"{Watched.num_held} {sum(sums)}")

"""Figures of a model on held-out examples, the same every time they are asked for."""

from collections.abc import Sequence

import torch
from torch import nn

from madang.training.device.device import autocast
from madang.training.loop.batching import derive_seed, sorted_batches
from madang.training.objective import ExampleT, Objective, collated, example_lengths
from madang.training.settings import TrainingSettings


def evaluate(
    *,
    model: nn.Module,
    objective: Objective[ExampleT],
    data: Sequence[ExampleT],
    settings: TrainingSettings,
) -> dict[str, float]:
    """Return the objective's figures of ``model`` on ``data``; weights and mode stay as they were.

    Whatever an objective draws (which tokens are masked) is drawn from ``settings.seed``, so two
    evaluations differ by the model alone.
    """
    # No gradients are kept, so batches may be larger than in training.
    batches = sorted_batches(
        example_lengths(objective, data),
        batch_size=settings.batch_size * 4,
        batch_tokens=settings.batch_tokens * 2,
    )
    device = next(model.parameters()).device
    generator = torch.Generator().manual_seed(derive_seed(settings.seed))
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad(), autocast(device, settings.precision):
            return objective.evaluate(
                model,
                collated(
                    objective,
                    data,
                    [batch.tolist() for batch in batches],
                    generator=generator,
                    device=device,
                ),
            )
    finally:
        model.train(was_training)

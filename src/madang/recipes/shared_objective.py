"""Several tasks at once, on one encoder: a batch holds examples of all, each lost by its own task.

A task's loss in a batch is its mean over that task's items, weighed by how many of the batch's
examples are the task's, so that none drowns the others because its items are smaller (a tagged
sentence has a hundred characters, a review one label). Source: Liu 2019 (MT-DNN), section 3.
"""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from madang.training.loop.objective import Batch, LossOutput, Objective

SEPARATOR = "/"


@dataclasses.dataclass(frozen=True, slots=True)
class SharedExample:
    """An example and the name of the task that it belongs to."""

    task: str
    example: Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shared:
    """The objectives of several tasks; ``model`` is a ``ModuleDict`` with the same names."""

    objectives: Mapping[str, Objective[Any]]

    @property
    def higher_is_better(self) -> bool:
        return True

    def length(self, example: SharedExample) -> int:
        return self.objectives[example.task].length(example.example)

    def collate(self, examples: Sequence[SharedExample], generator: torch.Generator) -> Batch:
        """Return the batches of all tasks in one, as ``task/key``; ``task/count`` examples each."""
        batch: Batch = {}
        for name, objective in self.objectives.items():
            own = [each.example for each in examples if each.task == name]
            if own:
                tensors = objective.collate(own, generator) | {"count": torch.tensor(len(own))}
                batch |= {f"{name}{SEPARATOR}{key}": value for key, value in tensors.items()}
        return batch

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        total = torch.zeros(())
        num_items, num_tokens = 0, 0
        for name, objective in self.objectives.items():
            own = own_batch(batch, name)
            if own:
                output = objective.loss(model.get_submodule(name), own)
                count = int(own["count"])
                total = total + output.loss_sum * (count / max(output.num_items, 1))
                num_items += count
                num_tokens += output.num_tokens
        return LossOutput(loss_sum=total, num_items=num_items, num_tokens=num_tokens)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the mean of the tasks' first figures, then each task's own by name.

        A figure of which less is better counts with its sign turned.
        """
        kept = list(batches)
        figures: dict[str, float] = {}
        first = []
        for name, objective in self.objectives.items():
            own = [part for batch in kept if (part := own_batch(batch, name))]
            found = objective.evaluate(model.get_submodule(name), own)
            value = next(iter(found.values()))
            first.append(value if objective.higher_is_better else -value)
            figures |= {f"{name}{SEPARATOR}{key}": value for key, value in found.items()}
        return {"mean": sum(first) / len(first), **figures}


def own_batch(batch: Batch, name: str) -> Batch:
    """Return what of a batch belongs to one task, under its own names; maybe nothing."""
    prefix = f"{name}{SEPARATOR}"
    return {key.removeprefix(prefix): batch[key] for key in batch if key.startswith(prefix)}

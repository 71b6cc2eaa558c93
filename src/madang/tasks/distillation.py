"""Learn a task from its labels and from what a fine-tuned teacher says of the same examples.

The loss is that of the task by one share and, by the other, how far the model's outputs are from
the teacher's: both of the same pass. What is near is the task's to say, in its objective; of
outputs that are probabilities it is their divergence at a temperature that both are divided by,
times its square, so that its share of the gradient stays the same (Hinton 2015, section 2).
"""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from madang.runtime.runner import Array
from madang.training.objective import Batch, LossOutput, Objective

ANSWERS = "teacher_"

# The outputs of a teacher for one example, as its predictor gives them.
Answer = tuple[Array, ...]


class TaughtExample(NamedTuple):
    """An example, and what the teacher says of it."""

    example: Any
    answer: Answer


@runtime_checkable
class Teachable(Objective[Any], Protocol):
    """An objective that can say how far outputs are from a teacher's."""

    def collate_answers(
        self, examples: Sequence[Any], answers: Sequence[Answer]
    ) -> Sequence[Tensor]:
        """Return what the teacher says of a batch, as ``imitation`` takes it."""
        ...

    def imitation(
        self, output: Any, answers: Sequence[Tensor], batch: Batch, *, temperature: float
    ) -> Tensor:
        """Return how far a model's output for a batch is from the teacher's, over all items."""
        ...


@dataclasses.dataclass(frozen=True, kw_only=True)
class Distilled:
    """A task's ``objective`` by one share, and the distance from a teacher by ``weight``.

    Examples that are learned from are ``TaughtExample``; those that are measured are the task's.
    """

    objective: Teachable
    weight: float
    temperature: float

    @property
    def higher_is_better(self) -> bool:
        return self.objective.higher_is_better

    def length(self, example: Any) -> int:
        own = example.example if isinstance(example, TaughtExample) else example
        return self.objective.length(own)

    def collate(self, examples: Sequence[Any], generator: torch.Generator) -> Batch:
        """Return the task's batch, and what the teacher says of it as ``teacher_0`` and so on."""
        taught = [each for each in examples if isinstance(each, TaughtExample)]
        if not taught:
            return self.objective.collate(examples, generator)
        assert len(taught) == len(examples), "the teacher says something of each example, or none"
        own = [each.example for each in taught]
        answers = self.objective.collate_answers(own, [each.answer for each in taught])
        named = {f"{ANSWERS}{number}": tensor for number, tensor in enumerate(answers)}
        return {**self.objective.collate(own, generator), **named}

    def loss(self, model: nn.Module, batch: Batch) -> LossOutput:
        """Return both losses, weighed; the model is asked once."""
        outputs: list[Any] = []
        handle = model.register_forward_hook(lambda part, given, output: outputs.append(output))
        try:
            own = self.objective.loss(model, batch)
        finally:
            handle.remove()
        (output,) = outputs
        answers = [batch[name] for name in sorted(batch) if name.startswith(ANSWERS)]
        distance = self.objective.imitation(output, answers, batch, temperature=self.temperature)
        loss_sum = (1 - self.weight) * own.loss_sum + self.weight * distance
        return dataclasses.replace(own, loss_sum=loss_sum)

    def evaluate(self, model: nn.Module, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the task's own figures: the teacher is no measure."""
        return self.objective.evaluate(model, batches)
